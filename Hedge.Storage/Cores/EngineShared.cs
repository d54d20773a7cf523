using System.Collections.Concurrent;
using Hedge.Storage.Backups;
using Hedge.Storage.Caches;
using Hedge.Storage.Collections;
using Hedge.Storage.Compactions;
using Hedge.Storage.Damages;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Memtables;
using Hedge.Storage.Readers;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Cores;

/// <summary>What all partitions and cores of an engine share. Any thread; no locks.</summary>
internal sealed class EngineShared : IRunReaper
{
    private readonly ulong[] _flushed;
    private readonly ConcurrentQueue<(string Path, long Bytes)> _garbage = new();
    private long _garbageBytes;
    private long _heldBytes;
    private readonly WriteThrottle[] _throttles;
    private BulkLoad? _load;
    private Export? _export;
    private Backup? _backup;
    private KeyListing? _listing;
    private int _expiryOff;
    private int _syncWanted;
    private int _cacheVoids;
    private int _hasRefused;
    private int _policy;
    private int _compression;
    private int _compressionUpper;
    private long _recordBytes;

    /// <summary>What the hashes of collections' elements begin with: nobody outside knows it, and it stays
    /// the same as long as the data directory.</summary>
    public ulong HashSeed { get; init; }

    /// <summary>How long the nodes of collections are.</summary>
    public TreeShape Shape
    {
        get;
        init
        {
            field = value;
            StreamShape = value.WithShortInnerNodes();
        }
    } = TreeShape.Usual;

    /// <summary>How long the nodes of streams are.</summary>
    public TreeShape StreamShape { get; private init; } = TreeShape.Usual.WithShortInnerNodes();

    /// <summary>Nothing has happened yet.</summary>
    public EngineShared(IDisk disk, string directory, int partitions, int cores)
    {
        _flushed = new ulong[partitions];
        RecordShares = new RecordShares(partitions);
        Checkpoints = new PartitionRequest(partitions);
        Drops = new PartitionRequest(partitions);
        _throttles = ThrottlesOf(cores);
        Disk = disk;
        Directory = directory;
        Positions = new LogPositions(cores);
        DiskLimit = new DiskLimit(partitions, cores);
        Failures = new DiskFailures(partitions, cores);
        Values = new ValueFiles(disk, directory, Damages, AddGarbage);
        ReadKeys = new ReadKeyLimits(partitions);
    }

    /// <summary>The disk, for background jobs.</summary>
    public IDisk Disk { get; }

    /// <summary>The data directory.</summary>
    public string Directory { get; }

    /// <summary>Where every core's log stands.</summary>
    public LogPositions Positions { get; }

    /// <summary>What the data directory may take.</summary>
    public DiskLimit DiskLimit { get; }

    /// <summary>What has failed on disk.</summary>
    public DiskFailures Failures { get; }

    /// <summary>What has been found damaged since the start.</summary>
    public DamageRegister Damages { get; } = new();

    /// <summary>Notes what a job has failed for, if it is damage of the data directory's files.</summary>
    public void NoteDamage(IOException failure)
    {
        string path = failure is DamagedFileException damaged ? damaged.Path
            : failure is DiskException disk ? disk.Path : "";
        if (path.StartsWith(Directory + "/", StringComparison.Ordinal)) Damages.Report(failure);
    }

    /// <summary>Looks at the directory and its disk. Set at the start.</summary>
    public DiskWatch? Watch { get; set; }

    /// <summary>The files that hold values which runs refer to.</summary>
    public ValueFiles Values { get; }

    /// <summary>Who hears of changes of keys, in all partitions.</summary>
    public ReadKeyLimits ReadKeys { get; }

    /// <summary>Number of partitions.</summary>
    public int Partitions => _flushed.Length;

    /// <summary>The block caches' part of memory.</summary>
    public required CacheBalance Caches { get; init; }

    /// <summary>What slows the writers of a partition: one for all of a core's.</summary>
    public WriteThrottle ThrottleOf(int partition) => _throttles[partition % _throttles.Length];

    /// <summary>False to leave expired keys to look-ups (DEBUG SET-ACTIVE-EXPIRE).</summary>
    public bool IsExpiryActive
    {
        get => Volatile.Read(ref _expiryOff) == 0;
        set => Volatile.Write(ref _expiryOff, value ? 0 : 1);
    }

    /// <summary>How the records' memory is divided between the partitions.</summary>
    public RecordShares RecordShares { get; }

    /// <summary>Memory that one partition's records and table may take. Any thread.</summary>
    public long RecordShareOf(int partition) =>
        (long)(Volatile.Read(ref _recordBytes) * RecordShares.PartOf(partition));

    /// <summary>Memory that all partitions' records and tables may take.</summary>
    public long RecordBytes
    {
        get => Volatile.Read(ref _recordBytes);
        set => Volatile.Write(ref _recordBytes, value);
    }

    /// <summary>How runs are merged.</summary>
    public CompactionPolicy Policy
    {
        get => (CompactionPolicy)Volatile.Read(ref _policy);
        set => Volatile.Write(ref _policy, (int)value);
    }

    /// <summary>How merges that include a partition's oldest run compress.</summary>
    public BlockCompression Compression
    {
        get => (BlockCompression)Volatile.Read(ref _compression);
        set => Volatile.Write(ref _compression, (int)value);
    }

    /// <summary>How flushes and the other merges compress.</summary>
    public BlockCompression CompressionUpper
    {
        get => (BlockCompression)Volatile.Read(ref _compressionUpper);
        set => Volatile.Write(ref _compressionUpper, (int)value);
    }

    /// <summary>True once a log has refused a record whose changes are in memory. From then on nothing may
    /// be flushed, since that would keep a part of these changes.</summary>
    public bool HasRefused => Volatile.Read(ref _hasRefused) != 0;

    /// <summary>Asks all partitions to flush what they hold at that moment.</summary>
    public PartitionRequest Checkpoints { get; }

    /// <summary>Asks all partitions and cores to drop from memory what can be read from disk
    /// again.</summary>
    public PartitionRequest Drops { get; }

    /// <summary>Counts up each time the block caches' content has become useless.</summary>
    public int CacheVoids => Volatile.Read(ref _cacheVoids);

    /// <summary>Counts up each time somebody asks for a sync of all logs, whatever their policy.</summary>
    public int SyncWanted => Volatile.Read(ref _syncWanted);

    /// <summary>The load under way, or the last one; null before the first.</summary>
    public BulkLoad? Load => Volatile.Read(ref _load);

    /// <summary>Begins a load; false while one is under way.</summary>
    public bool TryBegin(BulkLoad load)
    {
        BulkLoad? last = Load;
        return last is not { IsOver: false } && Interlocked.CompareExchange(ref _load, load, last) == last;
    }

    /// <summary>The export under way, or the last one; null before the first.</summary>
    public Export? Export => Volatile.Read(ref _export);

    /// <summary>Begins an export; the caller holds all partitions, and none is under way.</summary>
    public void Begin(Export export) => Volatile.Write(ref _export, export);

    /// <summary>The backup under way, or the last one; null before the first.</summary>
    public Backup? Backup => Volatile.Read(ref _backup);

    /// <summary>Begins a backup; the caller holds all partitions, and none is under way.</summary>
    public void Begin(Backup backup) => Volatile.Write(ref _backup, backup);

    /// <summary>The listing of keys under way, or the last one; null before the first.</summary>
    public KeyListing? Listing => Volatile.Read(ref _listing);

    /// <summary>Begins a listing; the caller holds all partitions, and none is under way.</summary>
    public void Begin(KeyListing listing) => Volatile.Write(ref _listing, listing);

    /// <summary>A log has refused a record.</summary>
    public void Refused() => Volatile.Write(ref _hasRefused, 1);

    /// <summary>Has all block caches emptied.</summary>
    public void VoidCaches() => Interlocked.Increment(ref _cacheVoids);

    /// <summary>Asks for a sync of all logs.</summary>
    public void WantSync() => Interlocked.Increment(ref _syncWanted);

    /// <summary>Why a checkpoint is not done yet: the failure of a partition that it waits for; null for
    /// none.</summary>
    public IOException? CheckpointFailure(long checkpoint)
    {
        for (int i = 0; i < Partitions; i++)
        {
            if (Checkpoints.IsDone(i, checkpoint)) continue;
            if (Failures.Since(i, checkpoint) is { } failure) return failure;
        }

        return null;
    }

    /// <summary>The partition's last change that is in the runs of its durable manifest.</summary>
    public ulong Flushed(int partition) => Volatile.Read(ref _flushed[partition]);

    /// <summary>Says that the partition is flushed up to a number.</summary>
    public void SetFlushed(int partition, ulong sequence) =>
        Volatile.Write(ref _flushed[partition], sequence);

    /// <summary>Copies the numbers of all partitions.</summary>
    public void CopyFlushed(Span<ulong> flushed)
    {
        for (int i = 0; i < _flushed.Length; i++) flushed[i] = Flushed(i);
    }

    /// <summary>True when there are run or value files to delete.</summary>
    public bool HasGarbage => !_garbage.IsEmpty;

    /// <summary>How many those are.</summary>
    public int GarbageFiles => _garbage.Count;

    /// <summary>What they take.</summary>
    public long GarbageBytes => Volatile.Read(ref _garbageBytes);

    /// <summary>Bytes of runs that have left their partitions but that somebody still holds.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>The run is in no manifest any more; the caller holds a reference.</summary>
    public void Retire(Run run)
    {
        Interlocked.Add(ref _heldBytes, run.Info.FileBytes);
        run.MarkDeleted(this);
    }

    /// <inheritdoc/>
    public void Unreferenced(RunId id, string path, long bytes)
    {
        AddGarbage(path, bytes);
        Interlocked.Add(ref _heldBytes, -bytes);
    }

    /// <summary>Deletes one file that nobody uses any more; false when there is none. Background
    /// thread.</summary>
    public bool DeleteGarbage()
    {
        if (!_garbage.TryDequeue(out (string Path, long Bytes) file)) return false;
        try
        {
            Disk.Delete(file.Path);
        }
        catch (DiskException)
        {
            // The next start deletes what cannot be deleted now: no manifest names it and no run refers to
            // it.
        }

        Interlocked.Add(ref _garbageBytes, -file.Bytes);
        return true;
    }

    private static WriteThrottle[] ThrottlesOf(int cores)
    {
        var throttles = new WriteThrottle[cores];
        for (int i = 0; i < cores; i++) throttles[i] = new WriteThrottle();
        return throttles;
    }

    private void AddGarbage(string path, long bytes)
    {
        Damages.Forget(path);
        Interlocked.Add(ref _garbageBytes, bytes);
        _garbage.Enqueue((path, bytes));
    }
}
