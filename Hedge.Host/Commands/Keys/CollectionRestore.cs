using Hedge.Host.Commands.Collections;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Settings;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>Fills an absent key with the collection of a payload, which was found well formed before
/// (<see cref="CollectionSize"/>).</summary>
internal sealed class CollectionRestore : ICollectionSink
{
    private readonly OpenCollection _collection;

    private CollectionRestore(OpenCollection collection) => _collection = collection;

    /// <summary>Makes the collection.</summary>
    public static void Make(CommandContext context, ReadOnlySpan<byte> key, RecordType type,
        ReadOnlySpan<byte> payload, CollectionSize size)
    {
        context.Keys.CheckPieces(key, size.Bytes, size.Count);
        bool isOpen = context.TryOpen(key, type, out OpenCollection collection);
        Storage.Invariant.Check(isOpen && !collection.Exists, "the key was looked up, and is absent");
        var sink = new CollectionRestore(collection);
        using var reader = new CollectionReader<CollectionRestore>(payload, seen: null, ref sink);
        bool isRead = reader.TryRead();
        Storage.Invariant.Check(isRead, "the payload is well formed");
        if (!IsSmall(context.Server.Settings.Current.Collections, (DumpType)payload[0], type, size))
            collection.Encoding = Encodings.HashTable;
    }

    public bool TakeElement(ReadOnlySpan<byte> element) =>
        new StoredList(_collection).TryPush(element, atHead: false);

    public bool TakeMember(ReadOnlySpan<byte> member) => new StoredSet(_collection).TryAdd(member, out _);

    public bool TakeMember(ReadOnlySpan<byte> member, double score)
    {
        new StoredSortedSet(_collection).Insert(member, score);
        return true;
    }

    public bool TakeField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value) =>
        new StoredHash(_collection).TrySet(field, value, out _);

    // As Redis decides when it has read the payload: in a listpack or ziplist it only counts the elements.
    private static bool IsSmall(CollectionSettings settings, DumpType written, RecordType type,
        CollectionSize size)
    {
        if (type == RecordType.List) return true;
        if (type == RecordType.Set) return size.AllIntegers && size.Count <= settings.IntsetEntries;
        ListpackLimits limits = type == RecordType.Hash ? settings.Hash : settings.SortedSet;
        bool isPacked = written is DumpType.HashListpack or DumpType.SortedSetListpack
            or DumpType.HashZiplist or DumpType.SortedSetZiplist;
        return size.Count <= limits.Entries && (isPacked || size.Longest <= limits.ElementBytes);
    }
}
