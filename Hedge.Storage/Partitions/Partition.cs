using System.Runtime.CompilerServices;
using Hedge.Storage.Compactions;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>
/// One partition: its records in memory, what of them is on disk, and its part of every core's log. Not
/// thread-safe: whoever holds the partition calls, and hands in the services of the core it runs on.
/// </summary>
/// <remarks>
/// A command reads all it needs before its first write. A look-up that answers "not resident" has put the
/// block it needs among the core's misses; the command then returns without having written anything, the
/// blocks are fetched (<see cref="CoreStorage.FetchMisses"/>) and the command is run again. Every command
/// ends with <see cref="CoreStorage.EndCommand"/>, which makes its changes one log record.
/// </remarks>
public sealed class Partition
{
    private ulong _randomChoice;

    internal Partition(int index, PartitionFiles files, PartitionSettings settings)
    {
        Index = index;
        Files = files;
        Settings = settings;
        Keyspaces = files.RestoreKeyspaces(settings.Databases);
        Sequence = files.Manifest.FlushedSequence;
        settings.Shared.SetFlushed(index, Sequence);
        Throttle = settings.Shared.ThrottleOf(index);
        Writer = new PartitionWriter(this);
        Counts = new CountKeeper(this);
        Evictor = new Evictor(this);
        Expirer = new Expirer(this);
        Installer = new Installer(this);
        Flusher = new Flusher(this);
        Compactor = new Compactor(this);
        Loader = new BulkLoader(this);
        KeyEvictor = new KeyEvictor(this);
        Snapshots = new Snapshotter(this);
    }

    /// <summary>The partition's number.</summary>
    public int Index { get; }

    /// <summary>Changes when a database is flushed or swapped: voids earlier hashes.</summary>
    public uint HashEpoch { get; private set; }

    /// <summary>The watched keys.</summary>
    public WatchTable Watches { get; } = new();

    /// <summary>How full the memory for unflushed changes is: from 1 on the host should hold writers back
    /// until flushes have caught up, the number of keys has been told, or there is room on disk.</summary>
    public double WritePressure
    {
        get
        {
            double pressure = Flusher.Pressure;
            bool holds = Counts.HoldsWriters || Settings.Shared.DiskLimit.Holds || Loader.HoldsWriters
                || Throttle.Delays(pressure);
            return holds ? Math.Max(1, pressure) : pressure;
        }
    }

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

    /// <summary>How the partition's runs are merged at present.</summary>
    public CompactionPolicy CompactionPolicy => Compactor.Policy;

    /// <summary>The last failure of the disk that has not been made good; null for none.</summary>
    public IOException? FlushFailure => Flusher.LastFailure ?? Installer.LastFailure;

    /// <summary>The same, or why the last merge failed.</summary>
    public IOException? LastFailure => Flusher.LastFailure ?? Compactor.LastFailure ?? Installer.LastFailure;

    internal RecordMemory Memory { get; } = new();

    internal RecordPins Pins { get; } = new();

    internal Keyspaces Keyspaces { get; }

    internal RunSet Runs => Files.Runs;

    internal PartitionFiles Files { get; }

    internal PartitionSettings Settings { get; }

    internal PartitionWriter Writer { get; }

    internal CountKeeper Counts { get; }

    internal WriteThrottle Throttle { get; }

    internal BulkLoader Loader { get; }

    internal Snapshotter Snapshots { get; }

    internal Evictor Evictor { get; }

    internal Expirer Expirer { get; }

    internal Installer Installer { get; }

    internal Flusher Flusher { get; }

    internal Compactor Compactor { get; }

    internal KeyEvictor KeyEvictor { get; }

    internal bool IsTouched { get; set; }

    /// <summary>True while a transaction is under way that has changed the partition.</summary>
    public bool IsInTransaction => OpenChanges is not null;

    /// <summary>The transaction under way that has changed the partition, or null.</summary>
    internal OpenChanges? OpenChanges { get; set; }

    /// <summary>The number of the last change. Every change takes the next.</summary>
    internal ulong Sequence { get; set; }

    /// <summary>The hash of a key, to be computed once per command.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int database, ReadOnlySpan<byte> key) => KeyHash.Compute(Keyspaces.IdOf(database), key);

    /// <summary>Begins to load the table slot of a hash into the processor's cache.</summary>
    public void Prefetch(ulong hash) => Memory.Table.Prefetch(hash);

    /// <summary>Begins to load the record of a hash whose slot has been prefetched some time ago, or else,
    /// for a look-up, the filters of the runs. True when <see cref="PrefetchPlace"/> is worth while
    /// then.</summary>
    public bool PrefetchRecord(ulong hash, bool isLookup)
    {
        if (Memory.Table.PrefetchRecord(hash) || !isLookup || Runs.Newest.IsEmpty) return false;
        Runs.Prefetch(hash);
        return true;
    }

    /// <summary>Begins to load what tells where on disk a key is that is not in memory.</summary>
    public void PrefetchPlace(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash) =>
        DiskLookup.PrefetchPlace(this, core, database, key, hash);

    /// <summary>Looks a key up.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="touch">True when this counts as an access.</param>
    /// <param name="record">The record or, when the key does not exist or has expired, its absence.</param>
    /// <returns>False when a block must be read first.</returns>
    // SAFETY: the table points to live records; the Record given out is valid until the next write.
    public unsafe bool TryFind(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, bool touch,
        out Record record)
    {
        ulong* slot = Memory.Table.Find(hash, Keyspaces.IdOf(database), key);
        record = default;
        if (slot == null) return DiskLookup.TryFind(this, core, database, key, hash, out record);
        RecordHeader* header = RecordTable.RecordAt(slot);
        if (header->ExpireAt != 0 && header->ExpireAt <= core.NowMilliseconds)
        {
            if (!RecordKeys.Is(header, RecordStates.Absent)) Writer.Expire(core, database, key, hash);
            return true;
        }

        if (touch)
        {
            header->LastAccess = core.NowSeconds;
            core.Counters.MemoryHits++;
            if (core.CountsFrequency) header->Frequency = core.Chance.NextFrequency(header->Frequency);
        }

        RecordKeys.Set(header, RecordStates.Referenced);
        if (!RecordKeys.Is(header, RecordStates.Absent)) record = new Record(header);
        return true;
    }

    /// <summary>As <see cref="TryFind"/>, for what can be told without the value, which is not read then. No
    /// access.</summary>
    public bool TryDescribe(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        out KeyInfo info)
    {
        if (!Memory.Table.Contains(hash, Keyspaces.IdOf(database), key))
            return DiskLookup.TryDescribe(this, core, database, key, hash, out info);
        TryFind(core, database, key, hash, false, out Record record);
        info = KeyInfo.Of(record);
        return true;
    }

    /// <summary>Stores a value, replacing whatever the key held. Needs no look-up before.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="type">What the value is.</param>
    /// <param name="encoding">How OBJECT ENCODING shows it.</param>
    /// <param name="value">The value; may be a view of any record.</param>
    /// <param name="expireAt">Unix milliseconds, 0 for never. A time in the past removes the key.</param>
    public void Put(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, RecordType type,
        StringEncoding encoding, ReadOnlySpan<byte> value, long expireAt)
    {
        RecordContent content = new()
        {
            Value = value,
            Type = type,
            Encoding = encoding,
            ExpireAt = expireAt,
        };
        if (expireAt != 0 && expireAt <= core.NowMilliseconds) Writer.Remove(core, database, key, hash);
        else Writer.Put(core, database, key, hash, content);
    }

    /// <summary>Stores a copy of a record, which may live in any partition the caller holds.</summary>
    public void Store(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, in Record source) =>
        Put(core, database, key, hash, source.Type, source.Encoding, source.Value, source.ExpireAt);

    /// <summary>
    /// Overwrites a part of a string, extended with zero bytes as needed; creates it when absent. Keeps the
    /// expiry; the encoding becomes raw. The key has been looked up in this run of the command. Who watches
    /// the key is told only when it <paramref name="touches"/>.
    /// </summary>
    public void WriteRange(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long offset,
        ReadOnlySpan<byte> bytes, bool touches = true) =>
        Writer.WriteRange(core, database, key, hash, offset, bytes, touches);

    /// <summary>Sets the expiry (Unix milliseconds, 0 for never) of a key found in this run of the command. A
    /// time in the past removes the key.</summary>
    public void SetExpiry(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long expireAt)
    {
        if (expireAt != 0 && expireAt <= core.NowMilliseconds) Writer.Remove(core, database, key, hash);
        else Writer.SetExpiry(core, database, key, hash, expireAt);
    }

    /// <summary>Sets when (seconds of Unix time modulo 2^32) and how often a key was used, or one of the two
    /// (RESTORE). Known for as long as the record is in memory; nothing happens when it is not.</summary>
    public void SetUse(int database, ReadOnlySpan<byte> key, ulong hash, uint? lastAccess, byte? frequency) =>
        Memory.SetUse(hash, Keyspaces.IdOf(database), key, lastAccess, frequency);

    /// <summary>Removes a key found in this run of the command.</summary>
    public void Remove(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash) =>
        Writer.Remove(core, database, key, hash);

    /// <summary>The exact number of keys, with expired ones that have not been removed yet (as Redis
    /// counts).</summary>
    /// <returns>False when it must be looked up first what blind writes have replaced.</returns>
    public bool TryCount(CoreStorage core, int database, out long count)
    {
        bool isExact = Counts.TryResolve(core, Keyspaces.IdOf(database));
        count = Keyspaces.Keys(database);
        return isExact;
    }

    /// <summary>The number of keys; off by what blind writes have not found out yet. Roughly right from any
    /// thread.</summary>
    public long Count(int database) => Math.Max(0, Keyspaces.Keys(database));

    /// <summary>The number of keys with an expiry. Roughly right from any thread.</summary>
    public long ExpiresCount(int database) => Math.Max(0, Keyspaces.Expires(database));

    /// <summary>When those expire on average, Unix milliseconds, estimated from samples; 0 when nothing is
    /// known. Roughly right from any thread.</summary>
    public long AverageExpiry(int database) => Expirer.Ttl.ExpiresAt(database);

    /// <summary>Removes all keys of a database: O(1); memory and disk space return by and by.</summary>
    public void Flush(CoreStorage core, int database)
    {
        WatchTouches.Touch(core, this, database);
        Writer.FlushDatabase(core, database);
        Evictor.SweepDead();
        HashEpoch++;
    }

    /// <summary>Removes the keys from <paramref name="from"/> up to, but without, <paramref name="to"/>
    /// (empty for the end): a walk over what is in memory, whatever is on disk.</summary>
    public void RemoveRange(CoreStorage core, int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        if (!to.IsEmpty && from.SequenceCompareTo(to) >= 0) return;
        WatchTouches.Touch(core, this, database, from, to);
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

    /// <summary>Starts to watch a key; returns its version (<see cref="Version"/>).</summary>
    public ulong Watch(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ExpireIfDue(core, database, key);
        return Watches.Add(database, key);
    }

    /// <summary>Ends one <see cref="Watch"/>.</summary>
    public void Unwatch(int database, ReadOnlySpan<byte> key) => Watches.Remove(database, key);

    /// <summary>The version of a watched key: differs from what <see cref="Watch"/> returned once the key was
    /// changed, removed or has expired.</summary>
    public ulong Version(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ExpireIfDue(core, database, key);
        return Watches.Version(database, key);
    }

    /// <summary>Starts a walk over a database's keys in byte order, for one run of a command.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="prefix">Only keys that begin with this.</param>
    /// <param name="after">Only keys greater than this, unless <paramref name="fromStart"/>.</param>
    /// <param name="fromStart">True to begin at the first key.</param>
    /// <param name="outlook">How far it is going to go.</param>
    public KeyScan Scan(CoreStorage core, int database, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after,
        bool fromStart, ScanOutlook outlook = default)
    {
        Scans++;
        return new KeyScan(core, this, Keyspaces.IdOf(database), prefix, after, fromStart, outlook);
    }

    /// <summary>Chooses a key of the database at random.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="random">A random number.</param>
    /// <param name="key">The key; valid until the next call.</param>
    public KeyStep RandomKey(CoreStorage core, int database, ulong random, out ReadOnlySpan<byte> key)
    {
        // A command that is run again must choose the same blocks, or it might never find one that is there.
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
        Counts.Tick(core);
        Evictor.Tick(core);
        Settings.Shared.Failures.SetPresent(Index, LastFailure);
        if (Index == 0) core.Look(this);
        core.EndCommand();
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

    internal static RecordContent ContentOf(in RunEntry entry) => new()
    {
        Value = entry.Value,
        ExpireAt = entry.ExpireAt,
        Type = (RecordType)entry.Type,
        Encoding = (StringEncoding)entry.Encoding,
    };

    internal void CountRunLookup() => RunLookups++;

    internal void Touch(int database, ReadOnlySpan<byte> key)
    {
        if (!Watches.IsEmpty) Watches.Touch(database, key);
    }

    private void ExpireIfDue(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ulong hash = Hash(database, key);
        if (Memory.Table.Contains(hash, Keyspaces.IdOf(database), key))
            TryFind(core, database, key, hash, false, out _);
    }
}
