using Hedge.Storage.Backups;
using Hedge.Storage.Caches;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Jobs;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;
using Hedge.Storage.Recoveries;
using Hedge.Storage.Values;
using Hedge.Storage.Walks;

namespace Hedge.Storage.Engines;

/// <summary>The storage engine: the partitions of one data directory and what the cores need to work on
/// them.</summary>
/// <remarks>
/// Life: <see cref="Open"/> (recovers), then <see cref="CreateCore"/> on each core. To shut down: every core
/// closes its log (<see cref="LogWriter.BeginClose"/>, turns until <see cref="LogWriter.IsClosed"/>),
/// background threads end their jobs, cores and then the engine are disposed. What is not flushed then is
/// replayed at the next start.
/// </remarks>
public sealed class Engine : IDisposable
{
    private const int BalanceEvery = 10;

    private readonly IDisk _disk;
    private readonly IClock _clock;
    private readonly DataDirectory _directory;
    private readonly EngineShared _shared;
    private readonly Partition[] _partitions;
    private readonly RecoveredLogs _logs;
    private readonly LogArchives _archives;
    private long _checkpoint;
    private long _governed;

    private Engine(
        EngineOptions options, IDisk disk, IClock clock, ISeed seed, DataDirectory directory)
    {
        Options = options;
        _disk = disk;
        _clock = clock;
        _directory = directory;
        _shared = new EngineShared(disk, directory.Path, directory.Partitions, options.Cores)
        {
            Policy = options.CompactionPolicy,
            Compression = options.Compression,
            CompressionUpper = options.CompressionUpper,
            RecordBytes = options.CacheBytes,
            Shape = TreeShape.Of(options.NodeBytes),
            HashSeed = directory.HashSeed,
            Caches = new CacheBalance(options.Cores, options.BlockCacheBytes, !options.AdaptsBlockCache),
        };
        _shared.Values.Threshold = options.ValueLogThreshold;
        _shared.DiskLimit.LimitBytes = options.DiskBytes;
        _shared.Values.IsSuspended = options.DiskBytes > 0;
        _shared.Values.FileBytesMax = options.Log.SegmentBytes;
        _partitions = new Partition[directory.Partitions];
        try
        {
            DiskWatch watch = _shared.Watch = new DiskWatch(
                disk, directory, _shared.DiskLimit, _shared.Failures, options.DiskReserveBytes);
            watch.Open();
            ExportNote.DeleteUnfinished(disk, directory.Path);
            long start = clock.MonotonicMicroseconds;
            OpenPartitions();
            _logs = Recoveries.Recovery.Run(disk, directory, _partitions, _shared.Values, options,
                new RecoverySources(clock, seed), Recovery);
            _archives = new LogArchives(disk, directory, options, _logs, Recovery);
            Recovery.Microseconds = clock.MonotonicMicroseconds - start;
            watch.Look();
            if (_logs.HasRetained) _shared.Checkpoints.Ask();
            foreach (Partition partition in _partitions)
            {
                for (int i = 0; i < partition.Keyspaces.Databases; i++) Recovery.Keys += partition.Count(i);
                Recovery.RunBytes += partition.RunBytes;
            }
        }
        catch
        {
            foreach (Partition? partition in _partitions) partition?.Close();
            _shared.Values.Dispose();
            throw;
        }
    }

    /// <summary>The options it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>The partitions by number. Whoever holds one may use it.</summary>
    public IReadOnlyList<Partition> Partitions => _partitions;

    /// <summary>What opening found and did.</summary>
    public RecoveryReport Recovery { get; } = new();

    /// <summary>True when other users of the machine have rights on the data directory.</summary>
    public bool IsOpenToOthers => _directory.IsOpenToOthers;

    /// <summary>Why the data directory cannot be reached at present; null when it can. Any thread.</summary>
    public IOException? DirectoryFailure => _shared.Failures.Directory;

    /// <summary>Why some partition cannot be flushed or merged at present; null when all can. Any
    /// thread.</summary>
    public IOException? PartitionFailure => _shared.Failures.Present;

    /// <summary>The data directory's own number.</summary>
    public UInt128 Id => _directory.Id;

    /// <summary>Where every core's log stands. Any thread.</summary>
    public LogPositions Positions => _shared.Positions;

    /// <summary>False to leave expired keys to look-ups (DEBUG SET-ACTIVE-EXPIRE 0). Any thread.</summary>
    public bool IsExpiryActive
    {
        get => _shared.IsExpiryActive;
        set => _shared.IsExpiryActive = value;
    }

    /// <summary>Values from this length on are written once, into the log, and referred to from the runs; 0
    /// for none. May be changed at any time. Any thread.</summary>
    public int ValueLogThreshold
    {
        get => _shared.Values.Threshold;
        set => _shared.Values.Threshold = value;
    }

    /// <summary>What there is of value files. Any thread.</summary>
    public ValueLogFigures ValueLog => _shared.Values.Figures();

    /// <summary>Fits the records' memory to what the process takes beside it, so that all together stays
    /// within a budget. To be called some ten times a second. Any thread.</summary>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="residentBytes">What it takes.</param>
    public void Govern(long budgetBytes, long residentBytes)
    {
        long held = 0;
        long ghostHits = 0;
        double ghostBytes = 0;
        foreach (Partition partition in _partitions)
        {
            held += partition.Memory.HeldBytes;
            long rereads = partition.Reclaimer.Ghosts.Hits;
            ghostHits += rereads;
            long dropped = partition.Reclaimer.Evicted + partition.Memory.DroppedWhenFlushed;
            _shared.RecordShares.Tell(partition.Index, dropped, rereads);
            double records = Math.Max(1, partition.Memory.Table.Count);
            double recordBytes = partition.Memory.Allocator.BytesInUse / records;
            ghostBytes += partition.Reclaimer.Ghosts.Count * recordBytes;
        }

        _shared.RecordShares.Divide();
        _shared.Caches.Lend(budgetBytes, residentBytes);
        // What is lent goes back as records grow: it is no reason to keep them small.
        residentBytes -= _shared.Caches.BorrowedBytes;
        long lack = MemoryGovernor.Lack(budgetBytes, residentBytes, held);
        _shared.Caches.Yield(budgetBytes, residentBytes, lack);
        if (++_governed % BalanceEvery == 0) _shared.Caches.Move(budgetBytes, ghostHits, ghostBytes);
        _shared.RecordBytes = MemoryGovernor.Share(_shared.RecordBytes, budgetBytes, residentBytes, held);
    }

    /// <summary>Opens the data directory, making it when it is missing or empty, and recovers what the logs
    /// hold.</summary>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    /// <exception cref="IOException">The directory is in use, damaged or not Hedge's, or the disk
    /// failed.</exception>
    public static Engine Open(EngineOptions options, IDisk disk, IClock clock, ISeed seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        if (options.Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        DataDirectory directory = DataDirectory.Open(
            disk, seed, options.Directory, options.Partitions, options.Databases);
        try
        {
            // Whoever is served is no backup any more.
            string note = $"{directory.Path}/{BackupNote.FileName}";
            if (disk.Exists(note)) disk.Delete(note);
            return new Engine(options, disk, clock, seed, directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Makes a core's services; once per core, on its thread, before any other use. Prepares a log
    /// segment.</summary>
    /// <param name="core">The core's number, below <see cref="EngineOptions.Cores"/>.</param>
    /// <param name="queue">The core's disk queue.</param>
    /// <param name="seed">The core's chance.</param>
    /// <param name="policy">When the log is synced; may be changed later
    /// (<see cref="LogWriter.Policy"/>).</param>
    /// <param name="listener">Hears what becomes of the log; null for nobody.</param>
    /// <exception cref="DiskException">The log's first segment could not be made.</exception>
    public CoreStorage CreateCore(int core, IDiskQueue queue, ISeed seed, SyncPolicy policy,
        ILogListener? listener)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)core, (uint)Options.Cores);
        LogLedger ledger = LogLedger.Open(
            _disk, _directory.Path, new LedgerIdentity(_directory.Id, core, _partitions.Length));
        LogSegmentPool pool = new(_disk, seed, _directory.Path, core, _logs.FirstNumber(core),
            _partitions.Length, Options.Log, _shared.Values, ledger)
        {
            SegmentBytesMax = _shared.DiskLimit.SegmentBytes,
            Archive = _archives.Open(core),
        };
        LogStage? stage = LogStage.TryOpen(
            _disk, _directory.Path, core, Options.Log, _shared.DiskLimit.StageBytesMax, out string? problem);
        pool.Ledger.StagedIn = stage is null ? 0 : _disk.BootId;
        try
        {
            LogWriter log = new(core, pool, queue, _shared.Positions, Options.Log, policy, stage, listener);
            if (_logs.Retained(core) is { } retained) log.Follow(retained.Open(_disk));
            return new CoreStorage(_shared, core, queue, log, pool, Options)
            {
                StageProblem = problem,
                SteadyMilliseconds = CoreStorage.SteadyOf(_clock.MonotonicMicroseconds),
            };
        }
        catch
        {
            stage?.Dispose();
            pool.Close();
            throw;
        }
    }

    /// <summary>Begins to load a file (<c>docs/formats/load.md</c>) into a database, past the log. Any
    /// thread; done by the partitions' ticks and a background thread.</summary>
    /// <param name="database">The database.</param>
    /// <param name="path">The file.</param>
    /// <param name="place">Which partition a key belongs to; called on a background thread.</param>
    /// <returns>What to watch; null while another load is under way.</returns>
    public BulkLoad? BeginLoad(int database, TransferPath path, KeyPlacement place)
    {
        BulkLoad load = new(database, path, _partitions.Length, place);
        return _shared.TryBegin(load) ? load : null;
    }

    /// <summary>Begins to keep the data as it is now, of all partitions at the same moment. For whoever
    /// holds them all.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <returns>What to watch, and to release before the engine is disposed.</returns>
    public Snapshot BeginSnapshot(CoreStorage core)
    {
        ArgumentNullException.ThrowIfNull(core);
        Snapshot snapshot = new(_partitions.Length, core.NowMilliseconds);
        foreach (Partition partition in _partitions)
            partition.Snapshots.Begin(core, snapshot.Parts[partition.Index]);
        return snapshot;
    }

    /// <summary>Begins to go through all keys of all databases as they are now. For whoever holds all
    /// partitions, of a command that does not write.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="isEmpty">True to go through no keys.</param>
    /// <returns>The walk, which the calling core owns, and disposes of before the engine is.</returns>
    public SnapshotWalk BeginWalk(CoreStorage core, bool isEmpty) =>
        new(_partitions[0], BeginSnapshot(core), isEmpty ? 0 : _partitions[0].Keyspaces.Databases);

    /// <summary>Begins to write all keys that a database has now into a load file
    /// (<c>docs/formats/load.md</c>), which appears when it is whole. For whoever holds all partitions; done
    /// by their ticks and a background thread.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="path">The file, which must not exist.</param>
    /// <returns>What to watch; null while another export is under way.</returns>
    public Export? BeginExport(CoreStorage core, int database, TransferPath path)
    {
        if (_shared.Export is { IsOver: false }) return null;
        Export export = new(database, path, BeginSnapshot(core));
        _shared.Begin(export);
        return export;
    }

    /// <summary>Begins a backup of all data as it is now, which appears under its name when it is whole. For
    /// whoever holds all partitions, of a command that does not write; done by their ticks and a background
    /// thread.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="order">What is wanted.</param>
    /// <returns>What to watch; null while another backup is under way.</returns>
    public Backup? BeginBackup(CoreStorage core, BackupOrder order)
    {
        if (_shared.Backup is { IsOver: false }) return null;
        ulong[] segments = new ulong[Options.Cores];
        for (int i = 0; i < segments.Length; i++) segments[i] = _shared.Positions.Segment(i);
        Backup backup = new(order, BeginSnapshot(core), segments, _directory.Id, _directory.Life);
        _shared.Begin(backup);
        return backup;
    }

    /// <summary>How keeping the logs goes. Any thread.</summary>
    public ArchiveFigures Archive => _archives.Figures;

    /// <summary>The backup under way, or the last one; null before the first. Any thread.</summary>
    public Backup? Backup => _shared.Backup;

    /// <summary>A small file of the data directory that the host keeps there; null when there is
    /// none.</summary>
    /// <exception cref="DiskException">The disk cannot read.</exception>
    public ReadOnlyMemory<byte>? ReadFile(string name)
    {
        string path = $"{_shared.Directory}/{name}";
        if (!_shared.Disk.Exists(path)) return null;
        return WholeFile.Read(_shared.Disk, path, int.MaxValue);
    }

    /// <summary>Begins to put a file in place of one that <see cref="ReadFile"/> reads. After a crash there
    /// is the old one or the new one. Done by a background thread of the calling core.</summary>
    /// <returns>What to watch.</returns>
    public FileReplacement ReplaceFile(CoreStorage core, string name, ReadOnlyMemory<byte> content)
    {
        ArgumentNullException.ThrowIfNull(core);
        FileReplacement replacement = new();
        core.Enqueue(new ReplaceFileJob(_partitions[0], name, content, replacement));
        return replacement;
    }

    /// <summary>True while a listing of keys is under way. Any thread.</summary>
    public bool IsListing => _shared.Listing is { IsOver: false };

    /// <summary>Begins to tell the keys that a database has now and that begin with a prefix. For whoever
    /// holds all partitions, of a command that does not write; done by their ticks and background
    /// threads.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="prefix">The prefix.</param>
    /// <param name="takers">For each partition who hears of its keys.</param>
    /// <returns>What to watch; null while another listing is under way.</returns>
    public KeyListing? BeginListing(CoreStorage core, int database, ReadOnlyMemory<byte> prefix,
        IReadOnlyList<IKeyTaker> takers)
    {
        if (IsListing) return null;
        KeyListing listing = new(database, prefix, takers, BeginSnapshot(core));
        _shared.Begin(listing);
        foreach (Partition partition in _partitions) partition.Snapshots.List(core, listing);
        return listing;
    }

    /// <summary>Asks all partitions to flush what they hold (SAVE, BGSAVE). Any thread. Done by their
    /// ticks.</summary>
    /// <returns>What to ask <see cref="IsCheckpointDone"/> with.</returns>
    public long BeginCheckpoint() => _checkpoint = _shared.Checkpoints.Ask();

    /// <summary>True when everything that was there at the checkpoint is in runs, durably. Any
    /// thread.</summary>
    public bool IsCheckpointDone(long checkpoint) => _shared.Checkpoints.IsDone(checkpoint);

    /// <summary>Why a checkpoint does not get done: the disk has failed since it was asked for, in a
    /// partition that has not flushed all of it. It is tried again all the same. Null for nothing. Any
    /// thread.</summary>
    public IOException? CheckpointFailure(long checkpoint) => _shared.CheckpointFailure(checkpoint);

    /// <summary>Asks all partitions to drop the records that are in runs too, and all cores to empty their
    /// block
    /// caches (DEBUG RELOAD): what is read next comes from disk. Any thread. Done by their ticks.</summary>
    /// <returns>What to ask <see cref="IsDropDone"/> with.</returns>
    public long BeginDrop() => _shared.Drops.Ask();

    /// <summary>True when all partitions have dropped what was clean. Any thread.</summary>
    public bool IsDropDone(long drop) => _shared.Drops.IsDone(drop);

    /// <summary>True while a checkpoint is under way. Any thread, roughly.</summary>
    public bool IsCheckpointRunning => !_shared.Checkpoints.IsDone(_checkpoint);

    /// <summary>Frees all memory, closes the files and gives the directory up. No core and no job may be
    /// running.</summary>
    public void Dispose()
    {
        _shared.Export?.End("the engine was closed");
        _shared.Backup?.End("the engine was closed");
        _shared.Listing?.Snapshot.Release();
        foreach (Partition partition in _partitions) partition.Close();
        _shared.Values.Dispose();
        _directory.Dispose();
    }

    private void OpenPartitions()
    {
        ManifestStore store = new(_disk, _directory.Path);
        long budget = Options.CacheBytes / _partitions.Length;
        PartitionSettings settings = new()
        {
            Databases = Options.Databases,
            MemtableBytes = Math.Min(Options.MemtableBytes, Math.Max(1,
                budget / (Options.FrozenGenerationsMax + 2))),
            MemtableLogBytes = Options.MemtableLogBytes,
            FrozenGenerationsMax = Options.FrozenGenerationsMax,
            Compaction = Options.Compaction,
            QuietChanges = Options.QuietChanges,
            Shared = _shared,
        };
        _shared.Values.Load();
        for (int i = 0; i < _partitions.Length; i++)
        {
            PartitionFiles files = PartitionFiles.Open(_disk, store, _shared.Values, i);
            _partitions[i] = new Partition(i, files, settings);
        }

        _shared.Values.CollectUnreferenced();
        while (_shared.DeleteGarbage())
        {
        }
    }
}
