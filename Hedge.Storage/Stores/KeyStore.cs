using System.Runtime.CompilerServices;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Stores;

/// <summary>
/// The keys of one partition, in memory and on disk: look-ups and changes. Not thread-safe: only the holder
/// of the partition calls it, and passes the services of the core it runs on.
/// </summary>
/// <remarks>
/// A command reads all it needs before its first write. A look-up that returns "not resident" has added the
/// block it needs to the core's misses. The command then returns without having written anything, the
/// blocks are fetched (<see cref="CoreStorage.FetchMisses"/>) and the command runs again. Every command
/// ends with <see cref="CoreStorage.EndCommand"/>, which makes its changes one log record.
/// </remarks>
public abstract class KeyStore : PartitionState
{
    private protected KeyStore(int index, PartitionFiles files, PartitionSettings settings)
        : base(index, files, settings)
    {
        Writer = new PartitionWriter(this);
        Nodes = new NodeWriter(this);
        Fields = new FieldExpirer(this);
    }

    internal PartitionWriter Writer { get; }

    internal NodeWriter Nodes { get; }

    internal FieldExpirer Fields { get; }

    /// <summary>The hash of a key. A command computes it once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int database, ReadOnlySpan<byte> key) => KeyHash.Compute(Keyspaces.IdOf(database), key);

    /// <summary>Begins to load the table slot of a hash into the processor's cache.</summary>
    public void Prefetch(ulong hash) => Memory.Table.Prefetch(hash);

    /// <summary>Begins to load the record of a hash whose slot was prefetched earlier or, for a look-up of
    /// a key that is not in memory, the filters of the runs. True when <see cref="PrefetchPlace"/> is
    /// worthwhile then.</summary>
    public bool PrefetchRecord(ulong hash, bool isLookup)
    {
        if (Memory.Table.PrefetchRecord(hash) || !isLookup || Runs.Newest.IsEmpty) return false;
        Runs.Prefetch(hash);
        return true;
    }

    /// <summary>Begins to load the memory that tells where a key is on disk, for a key that is not in
    /// memory.</summary>
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
            if (core.Upkeep.CountsFrequency) CountAccess(core, header);
            header->LastAccess = core.NowSeconds;
            core.Counters.MemoryHits++;
        }

        RecordKeys.Set(header, RecordStates.Referenced);
        return RecordKeys.Is(header, RecordStates.Absent)
            || TryShow(core, database, key, hash, header, out record);
    }

    // SAFETY: a live record.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void CountAccess(CoreStorage core, RecordHeader* header)
    {
        uint idle = (uint)Math.Max(0, (int)(core.NowSeconds - header->LastAccess));
        FrequencyRules rules = core.Upkeep.Frequencies;
        header->Frequency = rules.Accessed(rules.Decayed(header->Frequency, idle), core.Random.Next());
    }

    /// <summary>Gives a record out that was found; a hash without the fields whose time has come.</summary>
    /// <returns>False when something must be read first.</returns>
    // SAFETY: as for TryFind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe bool TryShow(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        RecordHeader* header, out Record record)
    {
        record = new Record(header);
        return header->Type != (byte)RecordType.Hash
            || !RootFormat.MayHaveDue(record.Value, core.NowMilliseconds)
            || Fields.TryExpire(core, database, key, hash, ref record);
    }

    /// <summary>Removes some of a hash's fields whose time has come, when they are too many for a look-up.
    /// The owner calls it.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key; not its record's own bytes.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="isDone">True when none is left.</param>
    /// <returns>False when something must be read first.</returns>
    internal bool TryExpireSome(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        out bool isDone)
    {
        isDone = false;
        if (!TryFind(core, database, key, hash, false, out Record record)) return false;
        bool isRead = !IsHashWithDue(core, record)
            || Fields.TryRemoveSome(core, database, key, hash, ref record);
        if (!isRead) return false;
        isDone = !IsHashWithDue(core, record);
        return true;
    }

    private static bool IsHashWithDue(CoreStorage core, in Record record) => record.Exists
        && record.Type == RecordType.Hash && RootFormat.MayHaveDue(record.Value, core.NowMilliseconds);

    /// <summary>As <see cref="TryFind"/>, but returns only what is known without the value, and does not
    /// read the value. Does not count as an access.</summary>
    public bool TryDescribe(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        out KeyInfo info)
    {
        if (!Memory.Table.Contains(hash, Keyspaces.IdOf(database), key))
            return DiskLookup.TryDescribe(this, core, database, key, hash, out info);
        TryFind(core, database, key, hash, false, out Record record);
        info = KeyInfo.Of(record);
        return true;
    }

    /// <summary>Stores a value and replaces what the key held. Needs no look-up before.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="type">What the value is.</param>
    /// <param name="encoding">How OBJECT ENCODING shows it.</param>
    /// <param name="value">The value. It may be a view of any record.</param>
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

    /// <summary>Stores a copy of a record, which may be in any partition that the caller holds.</summary>
    public void Store(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, in Record source) =>
        Put(core, database, key, hash, source.Type, source.Encoding, source.Value, source.ExpireAt);

    /// <summary>
    /// Gives another key of the same database what a key holds, with its expiry, and removes that key. This
    /// run of the command has found the key. O(1) for a collection with nodes, which stay what they are.
    /// Nodes are in the keyspace of their database and in the partition of their key. So there is no such
    /// step to another database or partition: what is moved there is copied.
    /// </summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key; not its record's own bytes.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="target">The other key, which may exist.</param>
    /// <param name="targetHash">Its <see cref="Hash"/>.</param>
    public void Rename(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        ReadOnlySpan<byte> target, ulong targetHash)
    {
        if (!key.SequenceEqual(target)) Writer.Rename(core, database, key, hash, target, targetHash);
    }

    /// <summary>
    /// Overwrites a part of a string, extended with zero bytes as needed; creates it when absent. Keeps the
    /// expiry; the encoding becomes raw. This run of the command has looked the key up. Clients that watch
    /// the key are told only when it <paramref name="touches"/>.
    /// </summary>
    public void WriteRange(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long offset,
        ReadOnlySpan<byte> bytes, bool touches = true) =>
        Writer.WriteRange(core, database, key, hash, offset, bytes, touches);

    /// <summary>Sets the expiry (Unix milliseconds, 0 for never) of a key that this run of the command has
    /// found. A time in the past removes the key.</summary>
    public void SetExpiry(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long expireAt)
    {
        if (expireAt != 0 && expireAt <= core.NowMilliseconds) Writer.Remove(core, database, key, hash);
        else Writer.SetExpiry(core, database, key, hash, expireAt);
    }

    /// <summary>Sets when (seconds of Unix time modulo 2^32) and how often a key was used, or one of the
    /// two (RESTORE). The values last as long as the record is in memory. Does nothing when it is not in
    /// memory.</summary>
    public void SetUse(int database, ReadOnlySpan<byte> key, ulong hash, uint? lastAccess, byte? frequency) =>
        Memory.SetUse(hash, Keyspaces.IdOf(database), key, lastAccess, frequency);

    /// <summary>Removes a key that this run of the command has found.</summary>
    public void Remove(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash) =>
        Writer.Remove(core, database, key, hash);

    /// <summary>The number of keys. It is wrong by what blind writes replaced and the counts do not know
    /// yet. Any thread may read it; it is roughly right.</summary>
    public long Count(int database) => Math.Max(0, Keyspaces.Keys(database));

    /// <summary>The number of keys with an expiry. Any thread may read it; it is roughly right.</summary>
    public long ExpiresCount(int database) => Math.Max(0, Keyspaces.Expires(database));

    /// <summary>Starts to watch a key; returns its version (<see cref="Version"/>).</summary>
    public ulong Watch(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ExpireIfDue(core, database, key);
        return Watches.Add(database, key);
    }

    /// <summary>Ends one <see cref="Watch"/>.</summary>
    public void Unwatch(int database, ReadOnlySpan<byte> key) => Watches.Remove(database, key);

    /// <summary>The version of a watched key. It differs from what <see cref="Watch"/> returned once the
    /// key was changed or removed, or has expired.</summary>
    public ulong Version(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ExpireIfDue(core, database, key);
        return Watches.Version(database, key);
    }

    /// <summary>False while changes cannot be flushed, so that no <see cref="TryBeginSnapshot"/> would
    /// succeed.</summary>
    internal abstract bool CanSnapshot { get; }

    /// <summary>Begins to keep the partition's data as they are now, for a command that does not write. It
    /// ends the command (<see cref="CoreStorage.EndCommand"/>): records that were looked up may go.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="mayWait">False to begin although too much waits to be flushed: writers will have to wait
    /// for it.</param>
    /// <param name="changed">As for <see cref="SnapshotPart"/>.</param>
    /// <returns>Null while too much waits to be flushed.</returns>
    internal abstract SnapshotPart? TryBeginSnapshot(CoreStorage core, bool mayWait, Action changed);

    /// <summary>Reads a node of a collection.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="node">The node, which exists.</param>
    /// <param name="record">The node, valid until its next change.</param>
    /// <returns>False when a block must be read first.</returns>
    // SAFETY: as for TryFind.
    internal unsafe bool TryFindNode(CoreStorage core, NodeKey node, out RecordHeader* record)
    {
        record = PeekNode(node);
        if (record != null) return true;
        Span<byte> key = stackalloc byte[NodeKey.SizeBytes];
        ulong hash = node.Write(key);
        return DiskLookup.TryFindNode(this, core, node.Keyspace, key, hash, out record);
    }

    /// <summary>A node that is in memory; null for another.</summary>
    // SAFETY: as for TryFind.
    internal unsafe RecordHeader* PeekNode(NodeKey node)
    {
        Span<byte> key = stackalloc byte[NodeKey.SizeBytes];
        ulong* slot = Memory.Table.Find(node.Write(key), node.Keyspace, key);
        if (slot == null) return null;
        RecordHeader* record = RecordTable.RecordAt(slot);
        Invariant.Check(!RecordKeys.Is(record, RecordStates.Absent), "no node is asked for that was removed");
        RecordKeys.Set(record, RecordStates.Referenced);
        return record;
    }

    internal static RecordContent ContentOf(in RunEntry entry) => new()
    {
        Value = entry.Value,
        ExpireAt = entry.ExpireAt,
        Type = (RecordType)entry.Type,
        Encoding = (StringEncoding)entry.Encoding,
    };

    private void ExpireIfDue(CoreStorage core, int database, ReadOnlySpan<byte> key)
    {
        ulong hash = Hash(database, key);
        if (Memory.Table.Contains(hash, Keyspaces.IdOf(database), key))
            TryFind(core, database, key, hash, false, out _);
    }
}
