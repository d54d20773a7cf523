using Hedge.Storage.Backups;
using Hedge.Storage.Checks;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Restores;

namespace Hedge.Host.Tools.Backups;

/// <summary>What "hedge restore" is told.</summary>
/// <param name="Source">A backup, or a directory of backups.</param>
/// <param name="Target">The new data directory.</param>
/// <param name="UntilMilliseconds">The wanted time, Unix milliseconds; null for the last there is.</param>
/// <param name="Logs">The directory that has the kept logs; null for where they usually are.</param>
/// <param name="UsesLogs">False to restore the backup's own moment.</param>
/// <param name="Links">True to give files a second name instead of copying them.</param>
/// <param name="Checks">False to leave out the check afterwards.</param>
/// <param name="MemoryBytes">Memory for the replay and the check.</param>
internal sealed record RestoreWords(string Source, string Target, long? UntilMilliseconds, string? Logs,
    bool UsesLogs, bool Links, bool Checks, long MemoryBytes);

/// <summary>"hedge restore": makes a data directory of a backup and the logs kept since, and checks it
/// (<c>docs/backup.md</c>).</summary>
internal static class RestoreTool
{
    /// <summary>Runs it.</summary>
    /// <returns>An exit code (<see cref="ToolExit"/>).</returns>
    public static int Run(RestoreWords words, TextWriter output, ToolProgress progress)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(words.Target));
        bool mayDelete = false;
        try
        {
            mayDelete = !Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any();
            int code = Run(words, target, output, progress);
            mayDelete = false;
            return code;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            progress.Warn($"hedge restore: {problem.Message}");
            return ToolExit.Failed;
        }
        finally
        {
            // What was written of it is of no use.
            if (mayDelete && Directory.Exists(target)) Directory.Delete(target, true);
        }
    }

    private static int Run(RestoreWords words, string target, TextWriter output, ToolProgress progress)
    {
        PosixDisk disk = new();
        StoredBackup backup = Find(disk, words);
        string? logs = LogsOf(disk, words, backup);
        long copied = 0;
        RestoreFigures figures = DirectoryRestore.Run(
            new RestoreOptions
            {
                Backup = backup.Path,
                Target = target,
                Logs = logs,
                UntilMilliseconds = words.UntilMilliseconds ?? long.MaxValue,
                Links = words.Links,
                MemoryBytes = words.MemoryBytes,
            },
            disk, new SystemClock(), new SystemSeed(),
            bytes => progress.Tell("bytes copied", copied += bytes, backup.Note.Bytes));
        progress.End();
        output.WriteLine($"backup: {backup.Path}");
        output.WriteLine($"restored to: {ToolTime.Format(figures.Milliseconds)}");
        Line($"bytes: {figures.Bytes}");
        Line($"operations from logs: {figures.OperationsApplied}");
        if (figures.OperationsDropped > 0)
        {
            progress.Warn($"{figures.OperationsDropped} operations are left out: others before them are not "
                + "in the kept logs");
        }

        if (figures.Gap is { } gap) progress.Warn($"the kept logs are not whole: {gap}");
        bool isWhole = !words.Checks || Check(words, target, output, progress);
        Line($"seconds: {progress.Elapsed.TotalSeconds:F1}");
        bool hasAll = figures is { Gap: null, OperationsDropped: 0 };
        return isWhole && hasAll ? ToolExit.Done : ToolExit.Incomplete;

        void Line(System.Runtime.CompilerServices.DefaultInterpolatedStringHandler text) =>
            output.WriteLine(text.ToStringAndClear());
    }

    private static StoredBackup Find(PosixDisk disk, RestoreWords words)
    {
        string source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(words.Source));
        if (BackupSet.Read(disk, source) is { } one) return one;
        if (!Directory.Exists(source)) throw new RestoreException($"{source} is not there");
        IReadOnlyList<StoredBackup> all = new BackupSet(disk, source).List();
        if (all.Count == 0) throw new RestoreException($"{source} is no backup, and has none");
        long until = words.UntilMilliseconds ?? long.MaxValue;
        return all.LastOrDefault(each => each.Note.Milliseconds <= until)
            ?? throw new RestoreException("all backups are newer than the wanted time: the oldest is of "
                + ToolTime.Format(all[0].Note.Milliseconds));
    }

    private static string? LogsOf(PosixDisk disk, RestoreWords words, StoredBackup backup)
    {
        if (!words.UsesLogs) return null;
        string logs = Path.GetFullPath(words.Logs ?? Path.GetDirectoryName(backup.Path)!);
        if (DirectoryRestore.HasLogs(disk, logs, backup.Note)) return logs;
        if (words.UntilMilliseconds is null && words.Logs is null) return null;
        throw new RestoreException($"{logs} has no kept logs of {backup.Path}, which is of "
            + $"{ToolTime.Format(backup.Note.Milliseconds)}: --no-logs restores that");
    }

    private static bool Check(RestoreWords words, string target, TextWriter output, ToolProgress progress)
    {
        string scratch = Directory.CreateTempSubdirectory("hedge-restore-").FullName;
        try
        {
            PosixDisk disk = new();
            CheckFigures figures = DirectoryCheck.Run(
                new CheckOptions { Directory = target, Scratch = scratch, MemoryBytes = words.MemoryBytes },
                disk, disk, new SystemClock(), new FindingOutput(output, progress, isJson: false));
            progress.End();
            output.WriteLine(CheckTool.KeysOf(figures));
            output.WriteLine(figures.Damages == 0
                ? "it was checked and is whole" : "it was checked and is DAMAGED");
            return figures.Damages == 0;
        }
        finally
        {
            Directory.Delete(scratch, true);
        }
    }
}
