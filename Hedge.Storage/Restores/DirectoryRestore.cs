using Hedge.Storage.Backups;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Recoveries;

namespace Hedge.Storage.Restores;

/// <summary>What is restored, and where.</summary>
public sealed record RestoreOptions
{
    /// <summary>The backup: a data directory with a note.</summary>
    public required string Backup { get; init; }

    /// <summary>The new data directory: missing or empty.</summary>
    public required string Target { get; init; }

    /// <summary>The directory that has the kept logs; null to restore the backup's moment.</summary>
    public string? Logs { get; init; }

    /// <summary>Nothing that was logged after this is restored, Unix milliseconds.</summary>
    public long UntilMilliseconds { get; init; } = long.MaxValue;

    /// <summary>True to give the backup's files a second name instead of copying them, where that can be:
    /// none of them ever changes.</summary>
    public bool Links { get; init; }

    /// <summary>Memory for records while the logs are replayed, in bytes.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;
}

/// <summary>What was restored.</summary>
/// <param name="Milliseconds">All that was durable by then is there, and nothing newer; Unix
/// milliseconds.</param>
/// <param name="Bytes">Bytes of files taken from the backup.</param>
/// <param name="OperationsApplied">Logged operations that were applied after it.</param>
/// <param name="OperationsDropped">Logged operations that were left out, since others before them are not in
/// the kept logs.</param>
/// <param name="Gap">What is missing in the kept logs; null for nothing.</param>
public sealed record RestoreFigures(
    long Milliseconds, long Bytes, long OperationsApplied, long OperationsDropped, string? Gap);

/// <summary>It cannot be restored.</summary>
public sealed class RestoreException(string message) : IOException(message);

/// <summary>Makes a data directory of a backup and of logs that were kept since.</summary>
/// <remarks>
/// 1. The backup's files are copied, and the identity written with a life of its own.
/// 2. The kept logs of each start of the server, in their order, are put in place as far as they were
///    durable at the wanted time (<see cref="KeptLogs"/>), and the engine opens the directory: its recovery
///    applies them as it would after a kill, whole records over all partitions, and none twice.
/// </remarks>
public static class DirectoryRestore
{
    /// <summary>Restores.</summary>
    /// <param name="options">What and where.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="clock">The time.</param>
    /// <param name="seed">Chance, for the new life.</param>
    /// <param name="progress">Hears of the bytes copied.</param>
    /// <exception cref="IOException">It cannot be done; what is in the target is of no use.</exception>
    public static RestoreFigures Run(
        RestoreOptions options, IDisk disk, IClock clock, ISeed seed, Action<long> progress)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(progress);
        if (disk.Exists(options.Target) && disk.List(options.Target).Count > 0)
            throw new RestoreException($"{options.Target} is there already, and not empty");
        BackupNote note = BackupSet.Read(disk, options.Backup)?.Note ?? throw new RestoreException(
            $"{options.Backup} is no backup: it has no file {BackupNote.FileName}");
        if (options.UntilMilliseconds < note.Milliseconds)
            throw new RestoreException("the backup is newer than the wanted time: take an older one");
        using DataDirectory backup = DataDirectory.OpenToRead(disk, options.Backup);
        UInt128 life = new(seed.Next(), seed.Next());
        disk.CreateDurably(options.Target);
        long bytes = CopyFiles(disk, options, progress);
        DataDirectory.Make(disk, options.Target, backup.Partitions, backup.Id, 0, life);
        RestoreFigures figures = new(note.Milliseconds, bytes, 0, 0, null);
        if (options.Logs is null) return figures;
        KeptLogs logs = new(disk, options, backup.Partitions, note);
        foreach (ulong start in logs.Starts)
        {
            if (!logs.Place(start)) continue;
            RecoveryReport report = Replay(options, disk, clock, seed);
            figures = figures with
            {
                OperationsApplied = figures.OperationsApplied + report.OperationsApplied,
                OperationsDropped = figures.OperationsDropped + report.OperationsDropped,
            };
            ForgetLedgers(disk, options.Target, backup, life);
            if (logs.Gap is not null || report.OperationsDropped > 0) break;
        }

        return figures with
        {
            Milliseconds = Math.Max(note.Milliseconds, logs.ReachedMilliseconds),
            Gap = logs.Gap,
        };
    }

    /// <summary>True when a directory has logs that were kept of a backup's life.</summary>
    public static bool HasLogs(IDisk disk, string logs, BackupNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        return new ArchiveFolder(logs, note.Life).Starts(disk).Count > 0;
    }

    private static long CopyFiles(IDisk disk, RestoreOptions options, Action<long> progress)
    {
        long bytes = 0;
        using FileCopy copy = new(disk);
        foreach (string name in disk.List(options.Backup))
        {
            string path = $"{options.Backup}/{name}";
            if (name == "log" || DataDirectory.IsPartition(name))
            {
                disk.CreateDirectory($"{options.Target}/{name}");
                foreach (string file in disk.List(path)) Copy($"{name}/{file}", file != "MANIFEST");
                disk.SyncDirectory($"{options.Target}/{name}");
            }
            else if (name is not ("HEDGE" or BackupNote.FileName)
                && !name.StartsWith("LOG-", StringComparison.Ordinal))
            {
                Copy(name, false);
            }
        }

        return bytes;

        void Copy(string name, bool mayLink)
        {
            string source = $"{options.Backup}/{name}";
            string target = $"{options.Target}/{name}";
            using DiskFile file = disk.Open(source, DiskOpenMode.ReadDirect);
            long length = disk.Length(file);
            bytes += length;
            if (options.Links && mayLink && disk.TryLink(source, target))
            {
                progress(length);
                return;
            }

            foreach (int piece in copy.Copy(file, length, target)) progress(piece);
        }
    }

    // The recovery flushes everything and deletes the logs.
    private static RecoveryReport Replay(RestoreOptions options, IDisk disk, IClock clock, ISeed seed)
    {
        EngineOptions engineOptions = new()
        {
            Directory = options.Target,
            CacheBytes = Math.Max(options.MemoryBytes, 1 << 20),
            BlockCacheBytes = 1 << 20,
        };
        using Engine engine = Engine.Open(engineOptions, disk, clock, seed);
        return engine.Recovery;
    }

    private static void ForgetLedgers(IDisk disk, string target, DataDirectory backup, UInt128 life)
    {
        DataDirectory.Make(disk, target, backup.Partitions, backup.Id, 0, life);
        foreach (string name in disk.List(target))
            if (name.StartsWith("LOG-", StringComparison.Ordinal)) disk.Delete($"{target}/{name}");
        disk.SyncDirectory(target);
    }
}
