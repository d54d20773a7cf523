using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Readers;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Cores;

/// <summary>
/// What a partition is: its records in memory, its runs on disk, its place in the sequence of changes. The
/// classes derived from it add what is done with it: look-ups and changes, then background work. Not
/// thread-safe: for whoever holds the partition.
/// </summary>
public abstract class PartitionState
{
    /// <summary>A generation may become so large however little memory there is.</summary>
    internal const long MemtableBytesMin = 64 * 1024;

    /// <summary>A generation is full at this part of the partition's share of memory.</summary>
    internal const long MemtableShareDivisor = 2;

    private protected PartitionState(int index, PartitionFiles files, PartitionSettings settings)
    {
        Index = index;
        Files = files;
        Settings = settings;
        Keyspaces = files.RestoreKeyspaces(settings.Databases);
        Sequence = files.Manifest.FlushedSequence;
        settings.Shared.SetFlushed(index, Sequence);
        Throttle = settings.Shared.ThrottleOf(index);
        Readers = new ReadKeys(index, settings.Shared.ReadKeys);
        Reclaimer = new MemoryReclaimer(this);
        Installer = new ManifestInstaller(this);
    }

    /// <summary>The partition's number.</summary>
    public int Index { get; }

    /// <summary>Changes when a database is flushed or swapped: voids earlier hashes.</summary>
    public uint HashEpoch { get; private protected set; }

    /// <summary>The watched keys.</summary>
    public WatchTable Watches { get; } = new();

    /// <summary>Who has read which keys and is told when they change.</summary>
    public ReadKeys Readers { get; }

    /// <summary>False while no further changes of its core's partitions fit in memory. Any thread.</summary>
    public bool HasRoom => Throttle.HasRoom;

    /// <summary>Bytes of native memory in use by records and table.</summary>
    public long MemoryBytes => Memory.Bytes;

    /// <summary>Bytes of the partition's run files.</summary>
    public long RunBytes => Runs.FileBytes;

    /// <summary>Number of run files.</summary>
    public int RunCount => Runs.Newest.Length;

    /// <summary>Entries of a database in the runs, replaced ones too. Roughly right; any thread.</summary>
    public long RunEntries(int database) => Runs.EntriesOf(Keyspaces.IdOf(database));

    /// <summary>Records of all databases that are in no run yet.</summary>
    public long UnflushedRecords => Memory.UnflushedRecords;

    /// <summary>Look-ups that had to ask the runs.</summary>
    public long RunLookups { get; private set; }

    /// <summary>Scans begun.</summary>
    public long Scans { get; private set; }

    /// <summary>The last failure of the disk that has not been made good; null for none.</summary>
    public IOException? FlushFailure => Failures.Flush ?? Failures.Manifest;

    /// <summary>The same, or why the last merge failed.</summary>
    public IOException? LastFailure => Failures.Flush ?? Failures.Merge ?? Failures.Manifest;

    internal RecordMemory Memory { get; } = new();

    internal RecordPins Pins { get; } = new();

    internal BuriedNodes Buried { get; } = new();

    internal Keyspaces Keyspaces { get; }

    internal RunSet Runs => Files.Runs;

    internal PartitionFiles Files { get; }

    internal PartitionSettings Settings { get; }

    internal WriteThrottle Throttle { get; }

    internal MemoryReclaimer Reclaimer { get; }

    internal ManifestInstaller Installer { get; }

    internal bool IsTouched { get; set; }

    /// <summary>True while a transaction is under way that has changed the partition.</summary>
    public bool IsInTransaction => OpenChanges is not null;

    /// <summary>The transaction under way that has changed the partition, or null.</summary>
    internal OpenChanges? OpenChanges { get; set; }

    /// <summary>The number of the last change. Every change takes the next.</summary>
    internal ulong Sequence { get; set; }

    /// <summary>Why background work on the partition has failed.</summary>
    internal PartitionFailures Failures { get; } = new();

    /// <summary>The inputs of the merge under way, until it is installed; empty without one.</summary>
    internal IReadOnlyList<Run> Merging { get; set; } = [];

    /// <summary>The part of a bulk load that is being put in force here; null for none.</summary>
    internal LoadTarget? Loading { get; set; }

    /// <summary>Memory that the records and their table may take.</summary>
    internal long RecordShareBytes => Settings.Shared.RecordShareOf(Index);

    /// <summary>Bytes at which a generation is full. What is dirty cannot be evicted: where little memory is,
    /// generations are smaller.</summary>
    internal long MemtableBytes
    {
        get
        {
            long share = Math.Min(
                RecordShareBytes / MemtableShareDivisor, Settings.Shared.DiskLimit.MemtableBytes);
            return Math.Min(Settings.MemtableBytes, Math.Max(MemtableBytesMin, share));
        }
    }

    /// <summary>True while a failure of the disk keeps changes from being flushed.</summary>
    internal bool IsStuck =>
        LastFailure is not null || Settings.Shared.Failures.Log is not null || Settings.Shared.HasRefused;

    /// <summary>True while a run is an input of a merge that is not installed yet.</summary>
    internal bool IsMerging(Run run) => Merging.Contains(run);

    internal void CountRunLookup() => RunLookups++;

    internal void Touch(CoreStorage core, int database, ReadOnlySpan<byte> key, KeyAudience told)
    {
        if (!Watches.IsEmpty) Watches.Touch(database, key, told);
        if ((told & KeyAudience.Watchers) != 0) TellReaders(core, key, told);
    }

    /// <summary>Tells those who have read a key that it changes. A change does so anyway; this is for one
    /// that is to be told before another.</summary>
    public void TellReaders(CoreStorage core, ReadOnlySpan<byte> key,
        KeyAudience told = KeyAudience.Watchers)
    {
        if (core.ReaderSink is not { } sink) return;
        bool isOfClient = (told & KeyAudience.Causer) == 0;
        if (!Readers.IsEmpty) Readers.Change(key, isOfClient, sink);
        if (Settings.Shared.ReadKeys.TellsAll) sink.Changed(key, isOfClient);
    }

    internal void CountScan() => Scans++;
}
