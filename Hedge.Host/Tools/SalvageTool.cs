using System.Text.Json;
using Hedge.Storage.Checks;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Salvages;

namespace Hedge.Host.Tools;

/// <summary>What "hedge salvage" is told.</summary>
/// <param name="Directory">The damaged data directory.</param>
/// <param name="Target">The new one.</param>
/// <param name="MemoryBytes">Memory for blocks, records and read-ahead.</param>
/// <param name="DropsDoubtful">True to leave out keys whose newer version may be lost.</param>
/// <param name="IsJson">True for JSON lines.</param>
internal sealed record SalvageWords(
    string Directory, string Target, long MemoryBytes, bool DropsDoubtful, bool IsJson);

/// <summary>"hedge salvage": makes a new data directory of what is whole in a damaged one, and checks
/// it (<c>docs/check.md</c>).</summary>
internal static class SalvageTool
{
    /// <summary>Salvages.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(SalvageWords words, TextWriter output, TextWriter errors, ToolProgress progress)
    {
        string target = Trim(words.Target);
        bool mayDelete = false;
        try
        {
            bool existed = Directory.Exists(target);
            mayDelete = !existed || !Directory.EnumerateFileSystemEntries(target).Any();
            int code = Run(words, target, output, progress);
            mayDelete = false;
            return code;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            progress.End();
            errors.WriteLine($"hedge salvage: {problem.Message}");
            return ToolExit.Failed;
        }
        finally
        {
            // What was written of it is of no use.
            if (mayDelete && Directory.Exists(target)) Directory.Delete(target, true);
        }
    }

    private static int Run(SalvageWords words, string target, TextWriter output, ToolProgress progress)
    {
        FindingOutput findings = new(output, progress, words.IsJson);
        SalvageOptions options = new()
        {
            Directory = Path.GetFullPath(Trim(words.Directory)),
            Target = Path.GetFullPath(target),
            MemoryBytes = words.MemoryBytes,
            DropsDoubtful = words.DropsDoubtful,
        };
        PosixDisk disk = new();
        SystemClock clock = new();
        (CheckFigures figures, bool hasLost) = DirectorySalvage.Run(options, disk, clock, findings);
        Directory.Delete(Path.Combine(target, DirectorySalvage.ScratchName), true);
        // It has no logs, so the check writes next to nothing.
        string scratch = Directory.CreateTempSubdirectory("hedge-salvage-").FullName;
        CheckFigures check = DirectoryCheck.Run(new CheckOptions
        {
            Directory = options.Target,
            Scratch = scratch,
            MemoryBytes = words.MemoryBytes,
        }, disk, disk, clock, findings);
        Directory.Delete(scratch, true);
        progress.End();
        bool isWhole = check.Damages == 0;
        if (words.IsJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                Kind = "summary",
                HasLost = hasLost,
                IsWhole = isWhole,
                Keys = CheckTool.TypesOf(figures).ToDictionary(type => type.Name, type => type.Keys),
                figures.Elements,
                Seconds = progress.Elapsed.TotalSeconds,
            }, FindingOutput.Json));
        }
        else
        {
            output.WriteLine($"{target} has {CheckTool.KeysOf(figures)}");
            output.WriteLine(isWhole ? "it was checked and is whole" : "it was checked and is DAMAGED");
            output.WriteLine(hasLost ? "something is lost: see above" : "nothing is lost");
        }

        return hasLost || !isWhole ? ToolExit.Incomplete : ToolExit.Done;
    }

    private static string Trim(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}
