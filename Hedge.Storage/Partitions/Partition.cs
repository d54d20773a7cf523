using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Counts;
using Hedge.Storage.Evictions;
using Hedge.Storage.Expiries;
using Hedge.Storage.Exports;
using Hedge.Storage.Jobs;
using Hedge.Storage.Keys;
using Hedge.Storage.Scans;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Partitions;

/// <summary>
/// One partition, whole: its keys (<see cref="KeyStore"/>), the scans over them, and its background work,
/// which <see cref="Tick"/> drives. Not thread-safe: for whoever holds the partition.
/// </summary>
public sealed class Partition : KeyStore
{
    private readonly FileWatch _files;
    private ulong _randomChoice;

    internal Partition(int index, PartitionFiles files, PartitionSettings settings)
        : base(index, files, settings)
    {
        Counts = new KeyCounts(this);
        Expirer = new Expirer(this);
        KeyEvictor = new KeyEvictor(this);
        Flusher = new Flusher(this, Counts, Expirer, KeyEvictor, sequence => Snapshots!.Installed(sequence));
        Compactor = new Compactor(this, Counts, Expirer, KeyEvictor);
        Loader = new BulkLoader(this, Counts, Expirer, KeyEvictor, Flusher);
        Snapshots = new Snapshotter(this, Flusher);
        _files = new FileWatch(this, Compactor);
    }

    /// <summary>How full the memory for unflushed changes is: from 1 on the host should hold writers back
    /// until flushes have caught up, the number of keys has been told, or there is room on disk.</summary>
    public double WritePressure
    {
        get
        {
            double pressure = Flusher.Pressure;
            bool holds = Counts.HoldsWriters || Settings.Shared.DiskLimit.HoldsWriters || Loader.HoldsWriters
                || Throttle.Delays(pressure);
            return holds ? Math.Max(1, pressure) : pressure;
        }
    }

    /// <summary>How the partition's runs are merged at present.</summary>
    public CompactionPolicy CompactionPolicy => Compactor.Policy;

    internal KeyCounts Counts { get; }

    internal BulkLoader Loader { get; }

    internal Snapshotter Snapshots { get; }

    internal Expirer Expirer { get; }

    internal Flusher Flusher { get; }

    internal Compactor Compactor { get; }

    internal KeyEvictor KeyEvictor { get; }

    /// <summary>The exact number of keys, with expired ones that have not been removed yet (as Redis
    /// counts).</summary>
    /// <returns>False when blocks must be read first to find out what blind writes have replaced.</returns>
    public bool TryCount(CoreStorage core, int database, out long count)
    {
        bool isExact = Counts.TryResolve(core, Keyspaces.IdOf(database));
        count = Keyspaces.Keys(database);
        return isExact;
    }

    /// <summary>When those expire on average, Unix milliseconds, estimated from samples; 0 when nothing is
    /// known. Roughly right from any thread.</summary>
    public long AverageExpiry(int database) => Expirer.Averages.ExpiresAt(database);

    /// <summary>Removes all keys of a database: O(1). Memory and disk space are freed later, bit by
    /// bit. Readers of keys are forgotten: the caller tells them all.</summary>
    public void Flush(CoreStorage core, int database)
    {
        WatchTouches.Touch(core, this, database);
        Readers.Clear();
        Writer.FlushDatabase(core, database);
        Reclaimer.SweepDead();
        HashEpoch++;
    }

    /// <summary>Removes the keys from <paramref name="from"/> up to, but without, <paramref name="to"/>
    /// (empty for the end): a walk over what is in memory, whatever is on disk. Readers of keys are
    /// forgotten: the caller tells them all.</summary>
    public void RemoveRange(CoreStorage core, int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        if (!to.IsEmpty && from.SequenceCompareTo(to) >= 0) return;
        WatchTouches.Touch(core, this, database, from, to);
        Readers.Clear();
        Writer.RemoveRange(core, database, from, to);
    }

    /// <summary>Exchanges two databases: O(1).</summary>
    public void SwapDatabases(CoreStorage core, int first, int second)
    {
        if (first == second) return;
        WatchTouches.Touch(core, this, first);
        WatchTouches.Touch(core, this, second);
        Writer.SwapDatabases(core, first, second);
        WatchTouches.Touch(core, this, first);
        WatchTouches.Touch(core, this, second);
        HashEpoch++;
    }

    /// <summary>Starts a walk over a database's keys in byte order, for one run of a command.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="prefix">Only keys that begin with this.</param>
    /// <param name="after">Only keys greater than this, unless <paramref name="fromStart"/>.</param>
    /// <param name="fromStart">True to begin at the first key.</param>
    /// <param name="extent">How far it is going to go.</param>
    public KeyScan Scan(CoreStorage core, int database, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after,
        bool fromStart, ScanExtent extent = default)
    {
        CountScan();
        return new KeyScan(core, this, Keyspaces.IdOf(database), prefix, after, fromStart, extent);
    }

    /// <summary>Chooses a key of the database at random.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="random">A random number.</param>
    /// <param name="key">The key; valid until the next call.</param>
    public KeyStep RandomKey(CoreStorage core, int database, ulong random, out ReadOnlySpan<byte> key)
    {
        // A command that is run again must choose the same blocks. Otherwise it might miss a different
        // block each time and never end.
        ulong chosen = _randomChoice != 0 ? _randomChoice : random | 1;
        KeyStep step = RandomKeys.Choose(core, this, database, chosen, out key);
        _randomChoice = step == KeyStep.NotResident ? chosen : 0;
        return step;
    }

    /// <summary>
    /// Does what is due: removes keys that have expired, begins flushes and compactions, installs what they
    /// made, has counts resolved when there is nothing else to do. Bounded and cheap when nothing is due. The
    /// owner calls it every 10 to 100 ms, between commands.
    /// </summary>
    public void Tick(CoreStorage core)
    {
        ArgumentNullException.ThrowIfNull(core);
        Memory.NowSeconds = core.NowSeconds;
        Expirer.Tick(core);
        KeyEvictor.Tick(core);
        Flusher.Tick(core);
        Compactor.Tick(core);
        Loader.Tick(core);
        Snapshots.Tick(core);
        Counts.Tick(core, isPartitionIdle: Flusher.IsIdle && Compactor.IsIdle);
        Reclaimer.Tick(core);
        if (!Readers.IsEmpty && core.ReaderSink is { } sink) Readers.Trim(sink);
        _files.Tick(core);
        Settings.Shared.Failures.SetPresent(Index, LastFailure);
        if (Index == 0) core.Look(this);
        core.EndCommand();
    }

    internal override bool CanSnapshot => !Snapshots.HasFailed;

    internal override SnapshotPart? TryBeginSnapshot(CoreStorage core, bool mayWait, Action changed)
    {
        if (mayWait && Snapshots.IsBusy) return null;
        SnapshotPart part = new(changed);
        Snapshots.Begin(core, part);
        return part;
    }

    /// <summary>Frees the partition's memory and closes its runs.</summary>
    internal void Close()
    {
        Expirer.Dispose();
        KeyEvictor.Dispose();
        Counts.Dispose();
        Flusher.Close();
        Loader.Close();
        Compactor.Close();
        Memory.Dispose();
        Files.Dispose();
    }
}
