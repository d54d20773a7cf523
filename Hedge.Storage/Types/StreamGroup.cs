namespace Hedge.Storage.Types;

/// <summary>A consumer group of a stream.</summary>
/// <param name="Number">Its number, which is used once in the stream.</param>
/// <param name="LastId">The last entry that it was given.</param>
/// <param name="EntriesRead">How many entries it was given; -1 when that is not known.</param>
/// <param name="NextConsumer">The number of its next new consumer.</param>
public readonly record struct StreamGroup(uint Number, StreamId LastId, long EntriesRead, uint NextConsumer);
