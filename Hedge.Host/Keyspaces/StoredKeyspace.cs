using System.Runtime.CompilerServices;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Keyspaces;

/// <summary>
/// One database as commands see it: finds the partition of each key and calls it. One per core and database.
/// The hash of the request's own key was computed when the request was parsed, and is used when the command
/// asks for that very key.
/// </summary>
internal sealed class StoredKeyspace(Server server, PartitionTable partitions, CoreStorage storage,
    CoreStatistics statistics, WriteBudget budget, KeyEvents keyEvents,
    OpenCollections collections, int database, bool touches)
    : IKeyspace
{
    // Growth up to here is not counted.
    private const int SmallBytes = 4096;
    private const int LongBytes = 1 << 20;
    private const int PieceBytes = 64 << 10;

    private readonly PartitionSlot[] _partitions = partitions.All;
    private Request? _request;
    private bool _counts;

    /// <summary>The request that runs now.</summary>
    public void Bind(Request request)
    {
        _request = request;
        _counts = request.Command!.CountsLookups;
        collections.Reset();
    }

    /// <summary>This keyspace for a command whose session has selected another database: the request's hash
    /// does not hold here, so the request bound before is forgotten.</summary>
    public StoredKeyspace Unbound()
    {
        _request = null;
        _counts = false;
        return this;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ReadOnlySpan<byte> key, out Record record)
    {
        Partition store = Locate(key, out ulong hash);
        bool found = store.TryFind(storage, database, key, hash, touch: touches, out record);
        if (_counts && found) Count(key, record.Exists);
        return found;
    }

    public bool TryPeek(ReadOnlySpan<byte> key, out Record record)
    {
        Partition store = Locate(key, out ulong hash);
        bool found = store.TryFind(storage, database, key, hash, touch: false, out record);
        if (_counts && found) Count(key, record.Exists);
        return found;
    }

    public bool TryDescribe(ReadOnlySpan<byte> key, out KeyInfo info)
    {
        Partition store = Locate(key, out ulong hash);
        bool found = store.TryDescribe(storage, database, key, hash, out info);
        if (_counts && found) Count(key, info.Exists);
        return found;
    }

    public bool TryOpen(ReadOnlySpan<byte> key, RecordType type, out OpenCollection? collection)
    {
        Partition store = Locate(key, out ulong hash);
        collection = null;
        if (!store.TryFind(storage, database, key, hash, touches, out Record record)) return false;
        if (_counts) Count(key, record.Exists);
        if (!record.Exists || record.Type == type)
            collection = collections.Open(store, storage, database, key, hash, record, type);
        return true;
    }

    public void Close(OpenCollection collection) => collections.Close(collection);

    public bool TryMeasure(ReadOnlySpan<byte> key, int samples, out long bytes)
    {
        bytes = 0;
        if (!TryOpenAny(key, out OpenCollection? collection)) return false;
        return collection is null || CollectionMemory.TryEstimate(collection, samples, out bytes);
    }

    public void SetString(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt, StringEncoding encoding)
    {
        budget.Take(key.Length, value.Length);
        Partition store = Locate(key, out ulong hash);
        if (server.NotifiesKeyspaceEvents) NoteNew(store, key, hash);
        store.Put(storage, database, key, hash, RecordType.String, encoding, value, expireAt);
    }

    public void WriteRange(ReadOnlySpan<byte> key, long offset, ReadOnlySpan<byte> bytes, bool touches)
    {
        Partition store = Locate(key, out ulong hash);
        budget.Take(key.Length, bytes.Length + GrowthBy(store, key, hash, offset + bytes.Length));
        if (server.NotifiesKeyspaceEvents) NoteNew(store, key, hash);
        store.WriteRange(storage, database, key, hash, offset, bytes, touches);
    }

    public void CheckPieces(ReadOnlySpan<byte> key, long valueBytes, long pieces) =>
        budget.Check(key.Length, valueBytes, pieces);

    public void ExpectWrites(long bytes) => storage.ExpectWrites(bytes);

    public void Remove(ReadOnlySpan<byte> key)
    {
        budget.Take(key.Length, 0);
        Partition store = Locate(key, out ulong hash);
        store.Remove(storage, database, key, hash);
    }

    public void SetExpiry(ReadOnlySpan<byte> key, long expireAt)
    {
        budget.Take(key.Length, 0);
        Partition store = Locate(key, out ulong hash);
        store.SetExpiry(storage, database, key, hash, expireAt);
    }

    public void SetLastAccess(ReadOnlySpan<byte> key, uint seconds)
    {
        Partition store = Locate(key, out ulong hash);
        store.SetUse(database, key, hash, seconds, frequency: null);
    }

    public void SetFrequency(ReadOnlySpan<byte> key, byte frequency)
    {
        Partition store = Locate(key, out ulong hash);
        store.SetUse(database, key, hash, lastAccess: null, frequency);
    }

    public void Store(ReadOnlySpan<byte> key, in Record record)
    {
        budget.Take(key.Length, record.Value.Length);
        Partition store = Locate(key, out ulong hash);
        if (record.Value.Length >= LongBytes && IsMostlyZeros(record.Value))
            StoreInPieces(store, key, hash, record);
        else store.Store(storage, database, key, hash, record);
    }

    public bool TryPrepareCopy(ReadOnlySpan<byte> key)
    {
        if (!TryOpenAny(key, out OpenCollection? collection)) return false;
        if (collection == null) return true;
        bool isRead = CollectionCopy.TryRead(collection, out long bytes, out long nodes);
        if (isRead) budget.Check(key.Length, bytes, nodes);
        return isRead;
    }

    public void Copy(ReadOnlySpan<byte> key, IKeyspace targets, ReadOnlySpan<byte> target)
    {
        TryOpenAny(key, out OpenCollection? collection);
        if (collection == null)
        {
            TryPeek(key, out Record record);
            targets.Store(target, record);
            return;
        }

        StoredKeyspace others = (StoredKeyspace)targets;
        budget.Take(target.Length, 0);
        CollectionCopy.Make(collection, others.OpenNew(target, collection.Type));
    }

    public bool TryPrepareRename(ReadOnlySpan<byte> key, ReadOnlySpan<byte> target) =>
        Locate(key, out _) == Locate(target, out _) || TryPrepareCopy(key);

    public void Rename(ReadOnlySpan<byte> key, ReadOnlySpan<byte> target)
    {
        Partition store = Locate(key, out ulong hash);
        if (store == Locate(target, out ulong targetHash))
        {
            TryPeek(key, out Record record);
            budget.Take(key.Length + target.Length, record.Value.Length);
            store.Rename(storage, database, key, hash, target, targetHash);
            return;
        }

        store.TellReaders(storage, key);
        Copy(key, this, target);
        Remove(key);
    }

    // A key that is going to hold a collection, whatever it holds now.
    private OpenCollection OpenNew(ReadOnlySpan<byte> key, RecordType type)
    {
        Partition store = Locate(key, out ulong hash);
        return collections.Open(store, storage, database, key, hash, default, type);
    }

    // Null when the key holds a string or nothing. False when it is not resident.
    private bool TryOpenAny(ReadOnlySpan<byte> key, out OpenCollection? collection)
    {
        Partition store = Locate(key, out ulong hash);
        collection = null;
        if (!store.TryFind(storage, database, key, hash, false, out Record record)) return false;
        if (record.Exists && record.Type != RecordType.String)
            collection = collections.Open(store, storage, database, key, hash, record, record.Type);
        return true;
    }

    /// <summary>Has a key looked up for later, which is neither an access nor a hit or miss. False when its
    /// record is not resident.</summary>
    public bool Warm(ReadOnlySpan<byte> key)
    {
        Partition store = Locate(key, out ulong hash);
        return store.TryFind(storage, database, key, hash, touch: false, out _);
    }

    // Usually a bitmap with few bits set: its zeros take room neither in memory nor in the log.
    private void StoreInPieces(Partition store, ReadOnlySpan<byte> key, ulong hash, in Record record)
    {
        ReadOnlySpan<byte> value = record.Value;
        store.Put(storage, database, key, hash, record.Type, record.Encoding, value[..PieceBytes],
            record.ExpireAt);
        int last = (value.Length - 1) / PieceBytes * PieceBytes;
        for (int at = last; at > 0; at -= PieceBytes)
        {
            ReadOnlySpan<byte> piece = value[at..Math.Min(at + PieceBytes, value.Length)];
            if (at == last || piece.IndexOfAnyExcept((byte)0) >= 0)
                store.WriteRange(storage, database, key, hash, at, piece);
        }
    }

    private static bool IsMostlyZeros(ReadOnlySpan<byte> value)
    {
        int zeros = 0;
        for (int at = 0; at < value.Length; at += PieceBytes)
            if (value[at..Math.Min(at + PieceBytes, value.Length)].IndexOfAnyExcept((byte)0) < 0) zeros++;
        return zeros * (long)PieceBytes > value.Length / 2;
    }

    /// <summary>What a write up to <paramref name="end"/> adds to a long value beside the bytes
    /// written.</summary>
    private long GrowthBy(Partition store, ReadOnlySpan<byte> key, ulong hash, long end)
    {
        if (end <= SmallBytes) return 0;
        store.TryFind(storage, database, key, hash, touch: false, out Record record);
        return Math.Max(0, end - (record.Exists ? record.Value.Length : 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(ReadOnlySpan<byte> key, bool exists)
    {
        if (exists) statistics.Counters.KeyspaceHits++;
        else NoteMiss(key);
    }

    private void NoteMiss(ReadOnlySpan<byte> key)
    {
        statistics.Counters.KeyspaceMisses++;
        if (server.NotifiesKeyspaceEvents && _request!.Command!.TellsMisses)
            keyEvents.Notify(KeyspaceEvents.KeyMiss, "keymiss"u8, key, database);
    }

    // A command that removes the old key first, as RESTORE does, reports itself that its key is new.
    private void NoteNew(Partition store, ReadOnlySpan<byte> key, ulong hash)
    {
        if (!keyEvents.TellsNew || _request?.Command!.Has(CommandTraits.TellsNewKeys) == true) return;
        if (!store.TryFind(storage, database, key, hash, touch: false, out Record old))
            storage.ForgetMisses();
        else if (!old.Exists) keyEvents.Notify(KeyspaceEvents.New, "new"u8, key, database);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Partition Locate(ReadOnlySpan<byte> key, out ulong hash)
    {
        Request? request = _request;
        if (request != null && request.Database == database && request.IsKey(key))
        {
            Partition own = _partitions[request.Partition].Store;
            if (request.HashEpoch != own.HashEpoch)
            {
                request.Hash = own.Hash(database, key);
                request.HashEpoch = own.HashEpoch;
            }

            hash = request.Hash;
            return own;
        }

        Partition store = _partitions[partitions.Of(key)].Store;
        hash = store.Hash(database, key);
        return store;
    }
}
