namespace Hedge.Host.Settings;

/// <summary>Up to where OBJECT ENCODING and DUMP show a collection as a listpack.</summary>
/// <param name="Entries">The most elements.</param>
/// <param name="ElementBytes">The most bytes of one of them.</param>
public sealed record ListpackLimits(long Entries, long ElementBytes);

/// <summary>Up to where DUMP fills a listpack of a stream; 0 for no limit.</summary>
/// <param name="Bytes">The most bytes.</param>
/// <param name="Entries">The most entries.</param>
public sealed record StreamNodeLimits(long Bytes, long Entries);

/// <summary>How collections are shown; they are stored in one way whatever these say.</summary>
/// <param name="Hash">hash-max-listpack-…</param>
/// <param name="SortedSet">zset-max-listpack-…</param>
/// <param name="IntsetEntries">set-max-intset-entries.</param>
/// <param name="ListpackSize">list-max-listpack-size.</param>
/// <param name="StreamNode">stream-node-max-…</param>
public sealed record CollectionSettings(
    ListpackLimits Hash, ListpackLimits SortedSet, long IntsetEntries, int ListpackSize,
    StreamNodeLimits StreamNode);
