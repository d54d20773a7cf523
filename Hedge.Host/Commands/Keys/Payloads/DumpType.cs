namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>The types of payloads up to RDB version 11. Those that Redis
/// 7.0 writes are marked; most others are older. Numbers of modules are left out.</summary>
internal enum DumpType : byte
{
    /// <summary>A string (written).</summary>
    String = 0,

    /// <summary>Strings.</summary>
    List = 1,

    /// <summary>Strings (written).</summary>
    Set = 2,

    /// <summary>Strings, each with its score as a text.</summary>
    SortedSetWithTexts = 3,

    /// <summary>Pairs of strings (written).</summary>
    Hash = 4,

    /// <summary>Strings, each with its score in binary (written).</summary>
    SortedSet = 5,

    /// <summary>A hash as a zipmap.</summary>
    HashZipmap = 9,

    /// <summary>A list as a ziplist.</summary>
    ListZiplist = 10,

    /// <summary>A set of sorted integers (written).</summary>
    SetIntset = 11,

    /// <summary>A sorted set as a ziplist.</summary>
    SortedSetZiplist = 12,

    /// <summary>A hash as a ziplist.</summary>
    HashZiplist = 13,

    /// <summary>A list of ziplists.</summary>
    ListOfZiplists = 14,

    /// <summary>A stream without entries-added and its kin.</summary>
    StreamOfSix = 15,

    /// <summary>A hash as a listpack (written).</summary>
    HashListpack = 16,

    /// <summary>A sorted set as a listpack (written).</summary>
    SortedSetListpack = 17,

    /// <summary>A list of listpacks and plain strings (written).</summary>
    ListOfListpacks = 18,

    /// <summary>A stream (written).</summary>
    Stream = 19,

    /// <summary>A set as a listpack, of Redis 7.2.</summary>
    SetListpack = 20,

    /// <summary>A stream as Redis 7.2 writes it, where consumers have two times.</summary>
    StreamOfSevenTwo = 21,
}
