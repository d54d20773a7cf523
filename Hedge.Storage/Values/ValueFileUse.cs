namespace Hedge.Storage.Values;

/// <summary>How many of a run's entries refer to a value file, and the bytes of their values.</summary>
internal readonly record struct ValueFileUse(ValueFileId File, long Entries, long Bytes);
