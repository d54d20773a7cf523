using Hedge.Storage.Checks;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;

namespace Hedge.Storage.Salvages;

/// <summary>How a directory is salvaged.</summary>
public sealed class SalvageOptions
{
    /// <summary>The damaged data directory.</summary>
    public required string Directory { get; init; }

    /// <summary>The new directory: missing or empty.</summary>
    public required string Target { get; init; }

    /// <summary>Memory for blocks, records and read-ahead, in bytes.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>True to leave out keys whose newer version may be lost.</summary>
    public bool DropsDoubtful { get; init; }
}

/// <summary>
/// Makes a new data directory of all that is whole in a damaged one, which is only read.
/// </summary>
/// <remarks>
/// 1. The directory is locked. What it needs on the target's disk is estimated: runs, values and logs.
/// 2. An overlay of it is mended until an engine opens it (<see cref="DirectoryMending"/>); its own files are
///    below the target. The engine applies what the logs have.
/// 3. Each partition is written as one run (<see cref="PartitionSalvage"/>). The directory's id stays: the
///    order of elements in collections depends on it.
/// 4. The host's files are copied. The identity file comes last, so an unfinished directory does not open.
/// </remarks>
public sealed class DirectorySalvage
{
    /// <summary>A directory in the target that is empty in the end; the caller deletes it.</summary>
    public const string ScratchName = "unfinished";

    private const int LogAttempts = 1000;

    private readonly SalvageOptions _options;
    private readonly IDisk _disk;
    private readonly IClock _clock;
    private readonly ICheckSink _sink;
    private readonly LostChanges _changes = new();
    private bool _hasLost;

    private DirectorySalvage(SalvageOptions options, IDisk disk, IClock clock, ICheckSink sink) =>
        (_options, _disk, _clock, _sink) = (options, disk, clock, sink);

    /// <summary>Salvages a directory.</summary>
    /// <param name="options">What, and where to.</param>
    /// <param name="disk">The disk of both directories.</param>
    /// <param name="clock">The time.</param>
    /// <param name="sink">Hears what is lost.</param>
    /// <returns>What is in the new directory, and whether something is lost.</returns>
    /// <exception cref="NotCheckedException">It cannot be done.</exception>
    /// <exception cref="DiskException">The disk failed or is full.</exception>
    public static (CheckFigures Figures, bool HasLost) Run(
        SalvageOptions options, IDisk disk, IClock clock, ICheckSink sink)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(disk);
        if (!disk.Exists(options.Directory))
            throw new NotCheckedException($"{options.Directory} does not exist");
        if ($"{options.Target}/".StartsWith($"{options.Directory}/", StringComparison.Ordinal))
            throw new NotCheckedException($"{options.Target} is in {options.Directory}, which is only read");
        if (disk.Exists(options.Target) && disk.List(options.Target).Count > 0)
            throw new NotCheckedException($"{options.Target} is not empty");
        using IDirectoryLock held = disk.TryLockToRead(options.Directory)
            ?? throw new NotCheckedException(
                $"data directory {options.Directory} is in use by another process: stop the server first");
        return new DirectorySalvage(options, disk, clock, sink).Run();
    }

    private (CheckFigures Figures, bool HasLost) Run()
    {
        CheckRoom();
        string scratch = $"{_options.Target}/{ScratchName}";
        _disk.CreateDirectory(scratch);
        OverlayDisk overlay = new(_disk, _disk, scratch);
        DirectoryMending mending = new(overlay, _options.Directory, _sink);
        if (!mending.MendIdentity())
            throw new NotCheckedException($"{_options.Directory} cannot be read: its identity is lost");
        CheckFigures figures;
        using (DataDirectory directory =
            DataDirectory.Open(overlay, OverlaidEngine.Seed, _options.Directory, 1, 1))
        {
            mending.MendPartitions(directory);
            figures = Write(overlay, directory, mending);
            CopyHostFiles();
            UInt128 life = new((ulong)_clock.UnixMilliseconds, (ulong)directory.Life);
            DataDirectory.Make(_disk, _options.Target, directory.Partitions, directory.Id, 0, life);
        }

        foreach (string left in _disk.List(scratch)) _disk.Delete($"{scratch}/{left}");
        return (figures, _hasLost || mending.HasLost);
    }

    // Runs are written without value files, and compressed blocks become plain: what is needed is more than a
    // guess only for directories without compression.
    private void CheckRoom()
    {
        long needed = 0;
        foreach (string folder in _disk.List(_options.Directory).Prepend(""))
        {
            bool isOurs = folder is "" or "log" || DataDirectory.IsPartition(folder);
            if (!isOurs) continue;
            string path = folder.Length == 0 ? _options.Directory : $"{_options.Directory}/{folder}";
            foreach (string name in _disk.List(path))
            {
                bool isData = name.EndsWith(".run", StringComparison.Ordinal)
                    || name.EndsWith(".val", StringComparison.Ordinal)
                    || name.EndsWith(".log", StringComparison.Ordinal);
                if (!isData) continue;
                using DiskFile file = _disk.Open($"{path}/{name}", DiskOpenMode.Read);
                needed += _disk.Length(file);
            }
        }

        string parent = _options.Target;
        while (parent.Length > 1 && !_disk.Exists(parent)) parent = Path.GetDirectoryName(parent)!;
        if (parent.Length == 0) parent = ".";
        long free = _disk.FreeBytes(parent);
        if (free >= needed) return;
        throw new NotCheckedException(
            $"{_options.Target} needs about {needed} bytes, and its disk has {free}: nothing was written");
    }

    private CheckFigures Write(OverlayDisk overlay, DataDirectory directory, DirectoryMending mending)
    {
        using Engine engine = Open(overlay, directory);
        foreach (string damage in engine.Recovery.Damages)
            Tell(new CheckFinding(true, $"{_options.Directory}/log", damage));
        if (engine.Recovery.Damages.Count > 0)
        {
            Tell(new CheckFinding(true, $"{_options.Directory}/log",
                $"at least {engine.Recovery.OperationsLost} logged operations are lost with it"));
        }

        foreach ((int index, uint keyspace, string key) in _changes.Keys)
        {
            Tell(OverlaidEngine.LostChange(engine.Partitions[index], keyspace, key,
                "lost: a logged change is to a record that cannot be read"));
        }

        SalvageContext context = new(_sink)
        {
            Overlay = overlay,
            Disk = _disk,
            Store = new ManifestStore(_disk, _options.Target),
            HashSeed = directory.HashSeed,
            MemoryBytes = _options.MemoryBytes,
            DropsDoubtful = _options.DropsDoubtful,
        };
        foreach (Partition partition in engine.Partitions)
        {
            List<LostRange> lost = mending.Lost.TryGetValue(partition.Index, out List<LostRange>? known)
                ? known : [];
            using PartitionSalvage salvage = new(context, partition, lost);
            salvage.Write();
            _sink.Progress("partitions written", partition.Index + 1, engine.Partitions.Count);
        }

        _hasLost |= context.HasLost;
        return context.Figures;
    }

    // A log that contradicts what it says itself is left out from its damaged segment on.
    private Engine Open(OverlayDisk overlay, DataDirectory directory)
    {
        EngineOptions options = OverlaidEngine.Options(directory, _options.MemoryBytes, _changes);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return Engine.Open(options, overlay, _clock, OverlaidEngine.Seed);
            }
            catch (LogException problem) when (attempt < LogAttempts
                && problem.Path.EndsWith(".log", StringComparison.Ordinal) && overlay.Exists(problem.Path))
            {
                Tell(new CheckFinding(true, problem.Path, $"{problem.Reason}; the segment is left out")
                {
                    Offset = problem.Offset,
                });
                overlay.Delete(problem.Path);
            }
        }
    }

    // Functions, and whatever else the host keeps beside the engine's files.
    private void CopyHostFiles()
    {
        foreach (string name in _disk.List(_options.Directory))
        {
            bool isEngines = name is "HEDGE" or "log" or "EXPORT" or DiskReserve.FileName
                or DataDirectory.TransferName or DataDirectory.BackupName
                || name.StartsWith("LOG-", StringComparison.Ordinal)
                || name.EndsWith(".new", StringComparison.Ordinal)
                || DataDirectory.IsPartition(name);
            if (isEngines) continue;
            ReadOnlyMemory<byte> content =
                WholeFile.Read(_disk, $"{_options.Directory}/{name}", int.MaxValue);
            WholeFile.Replace(_disk, _options.Target, name, content.Span);
        }
    }

    private void Tell(CheckFinding finding)
    {
        _hasLost = true;
        _sink.Found(finding);
    }
}
