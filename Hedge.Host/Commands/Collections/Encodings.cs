using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Collections;

/// <summary>What the encoding of a collection means: how Redis would store it. Hedge stores all of them in
/// one way, and keeps the number for OBJECT ENCODING and DUMP. As in Redis, a collection does not go back to
/// a lower one while it exists.</summary>
internal static class Encodings
{
    /// <summary>Of a hash or sorted set: all elements one after the other.</summary>
    public const int Listpack = 0;

    /// <summary>Of a hash or set: a hash table; of a sorted set: a skip list.</summary>
    public const int HashTable = 1;

    /// <summary>Of a set: sorted integers.</summary>
    public const int Intset = 0;

    /// <summary>The name that OBJECT ENCODING tells.</summary>
    public static ReadOnlySpan<byte> Name(RecordType type, int encoding) => type switch
    {
        RecordType.List => "quicklist"u8,
        RecordType.Set => encoding == Intset ? "intset"u8 : "hashtable"u8,
        RecordType.SortedSet => encoding == Listpack ? "listpack"u8 : "skiplist"u8,
        RecordType.Hash => encoding == Listpack ? "listpack"u8 : "hashtable"u8,
        _ => "stream"u8,
    };
}
