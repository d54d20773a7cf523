namespace Hedge.Storage.Types;

/// <summary>What a stream says of itself.</summary>
/// <param name="Length">How many entries it has.</param>
/// <param name="FirstId">The first entry's id; 0-0 without entries.</param>
/// <param name="LastId">The highest id that was ever given, or that was set.</param>
/// <param name="MaxDeletedId">The highest id of an entry that was deleted; trimmed ones do not count.</param>
/// <param name="EntriesAdded">How many entries were ever added.</param>
public readonly record struct StreamHead(
    long Length, StreamId FirstId, StreamId LastId, StreamId MaxDeletedId, long EntriesAdded);
