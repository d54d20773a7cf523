namespace Hedge.Storage.Types;

/// <summary>A consumer of a group. Times are Unix milliseconds; -1 for never.</summary>
/// <param name="Number">Its number, which is used once in the group.</param>
/// <param name="SeenAt">When it asked for something last.</param>
/// <param name="ActiveAt">When it was given something last.</param>
public readonly record struct StreamConsumer(uint Number, long SeenAt, long ActiveAt);
