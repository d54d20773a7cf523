using Hedge.Host.Commands.Collections;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Settings;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>Makes the payloads of collections.</summary>
internal static class CollectionDump
{
    /// <summary>The payload of a key's collection, to be disposed of; null when parts of it must be read from
    /// disk first. All of it stands in memory.</summary>
    public static IDumpPayload? Make(CommandContext context, ReadOnlySpan<byte> key, RecordType type)
    {
        if (!context.TryOpen(key, type, out OpenCollection collection)) return null;
        CollectionSettings settings = context.Server.Settings.Current.Collections;
        bool compresses = context.Server.Settings.Current.DumpCompression;
        bool isSmall = collection.Encoding == Encodings.Listpack;
        return type switch
        {
            RecordType.List =>
                Filled(new StoredList(collection), CollectionPayload.List(settings.ListpackSize, compresses)),
            RecordType.Set => Filled(new StoredSet(collection), CollectionPayload.Set(isSmall, compresses)),
            RecordType.SortedSet => Filled(new StoredSortedSet(collection), isSmall, compresses),
            RecordType.Stream => StreamDump.Make(new StoredStream(collection), settings.StreamNode,
                compresses),
            _ => Filled(new StoredHash(collection), CollectionPayload.Hash(isSmall, compresses)),
        };
    }

    private static CollectionPayload? Filled(StoredList list, CollectionPayload payload)
    {
        if (!list.TryRead(0, list.Count)) return Dropped(payload);
        using StoredList.Walk walk = list.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> element)) payload.AddElement(element);
        return walk.IsMissing ? Dropped(payload) : payload;
    }

    private static CollectionPayload? Filled(StoredSet set, CollectionPayload payload)
    {
        if (!set.TryRead(0, set.Count)) return Dropped(payload);
        using StoredSet.Walk walk = set.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> member)) payload.AddMember(member);
        return walk.IsMissing ? Dropped(payload) : payload;
    }

    private static CollectionPayload? Filled(StoredSortedSet set, bool isListpack,
        bool compresses)
    {
        CollectionPayload payload = CollectionPayload.SortedSet(isListpack, compresses);
        if (!set.TryRead(0, set.Count)) return Dropped(payload);
        using StoredSortedSet.Walk walk = set.From(isListpack ? 0 : set.Count - 1, isBackwards: !isListpack);
        while (walk.TryNext(out ReadOnlySpan<byte> member, out double score))
            payload.AddMember(member, score);
        return walk.IsMissing ? Dropped(payload) : payload;
    }

    private static CollectionPayload? Filled(StoredHash hash, CollectionPayload payload)
    {
        if (!hash.TryRead(0, hash.Count)) return Dropped(payload);
        using StoredHash.Walk walk = hash.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            payload.AddField(field, value);
        return walk.IsMissing ? Dropped(payload) : payload;
    }

    private static CollectionPayload? Dropped(CollectionPayload payload)
    {
        payload.Dispose();
        return null;
    }
}
