using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Hedge.Storage.Checks;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Records;

namespace Hedge.Host.Tools;

/// <summary>What "hedge check" is told.</summary>
/// <param name="Directory">The data directory.</param>
/// <param name="MemoryBytes">Memory for blocks, records and read-ahead.</param>
/// <param name="Temporary">Where to put what a start would write.</param>
/// <param name="IsJson">True for JSON lines.</param>
internal sealed record CheckWords(string Directory, long MemoryBytes, string Temporary, bool IsJson);

/// <summary>"hedge check": says on the output what is wrong with a data directory
/// (<c>docs/check.md</c>).</summary>
internal sealed class CheckTool(CheckWords words, TextWriter output, ToolProgress progress)
{
    /// <summary>Checks.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(CheckWords words, TextWriter output, TextWriter errors, ToolProgress progress)
    {
        string scratch;
        try
        {
            scratch = Path.Combine(words.Temporary, $"hedge-check-{Path.GetRandomFileName()}");
            new PosixDisk().CreateDirectory(scratch);
        }
        catch (IOException problem)
        {
            errors.WriteLine($"hedge check: no temporary directory: {problem.Message}");
            return ToolExit.Failed;
        }

        try
        {
            return new CheckTool(words, output, progress).Run(scratch);
        }
        catch (IOException problem)
        {
            progress.End();
            errors.WriteLine($"hedge check: {problem.Message}");
            return ToolExit.Failed;
        }
        finally
        {
            Directory.Delete(scratch, true);
        }
    }

    private int Run(string scratch)
    {
        CheckOptions options = new()
        {
            Directory = words.Directory.Length > 1 ? words.Directory.TrimEnd('/') : words.Directory,
            Scratch = scratch,
            MemoryBytes = words.MemoryBytes,
        };
        PosixDisk disk = new();
        CheckFigures figures = DirectoryCheck.Run(options, disk, disk, new SystemClock(),
            new FindingOutput(output, progress, words.IsJson));
        progress.End();
        if (words.IsJson) WriteJson(figures);
        else WriteText(figures);
        return figures.Damages > 0 ? ToolExit.Incomplete : ToolExit.Done;
    }

    private void WriteText(CheckFigures figures)
    {
        Line($"{figures.Files:N0} files, {figures.Bytes:N0} bytes");
        Line($"{figures.Runs:N0} runs with {figures.Blocks:N0} blocks and {figures.Entries:N0} entries");
        Line($"{figures.Values:N0} values outside of runs");
        Line($"{figures.LogRecords:N0} log records");
        Line($"{figures.LogOperations:N0} logged operations that are in no run yet");
        Line($"{figures.OperationsDropped:N0} operations that the next start drops");
        output.WriteLine(KeysOf(figures));
        Line($"{figures.Elements:N0} elements of collections, {figures.Nodes:N0} nodes");
        Line($"{figures.DeadNodes:N0} nodes of dead collections, which merges drop");
        Line($"{figures.Damages:N0} damages, {figures.Notes:N0} notes, {progress.Elapsed.TotalSeconds:N1} s");
        output.WriteLine(figures.Damages == 0 ? "whole" : "DAMAGED");

        void Line(DefaultInterpolatedStringHandler text) => output.WriteLine(text.ToStringAndClear());
    }

    private void WriteJson(CheckFigures figures) => output.WriteLine(JsonSerializer.Serialize(new
    {
        Kind = "summary",
        IsWhole = figures.Damages == 0,
        figures.Damages,
        figures.Notes,
        figures.Files,
        figures.Bytes,
        figures.Runs,
        figures.Blocks,
        figures.Entries,
        figures.Values,
        figures.LogRecords,
        figures.LogOperations,
        figures.OperationsDropped,
        Keys = TypesOf(figures).ToDictionary(type => type.Name, type => type.Keys),
        figures.Elements,
        figures.Nodes,
        figures.DeadNodes,
        Seconds = progress.Elapsed.TotalSeconds,
    }, FindingOutput.Json));

    /// <summary>The numbers of keys by type.</summary>
    internal static IEnumerable<(string Name, long Keys)> TypesOf(CheckFigures figures) =>
        Enum.GetValues<RecordType>().Where(type => type <= RecordType.Stream)
            .Select(type => (NameOf(type), figures.Keys[(int)type]));

    /// <summary>"3 keys: 2 string, 1 list".</summary>
    internal static string KeysOf(CheckFigures figures)
    {
        string types = string.Join(", ", TypesOf(figures).Where(type => type.Keys > 0)
            .Select(type => string.Create(CultureInfo.InvariantCulture, $"{type.Keys:N0} {type.Name}")));
        return string.Create(CultureInfo.InvariantCulture, $"{figures.Keys.Sum():N0} keys")
            + (types.Length > 0 ? $": {types}" : "");
    }

    private static string NameOf(RecordType type) => type switch
    {
        RecordType.SortedSet => "zset",
        _ => type.ToString().ToLowerInvariant(),
    };
}
