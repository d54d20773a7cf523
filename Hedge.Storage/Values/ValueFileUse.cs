namespace Hedge.Storage.Values;

/// <summary>The use that a run's entries make of a value file.</summary>
/// <param name="File">The file.</param>
/// <param name="Entries">How many entries refer to it.</param>
/// <param name="Bytes">The bytes of their values.</param>
/// <param name="End">The end of the last of the values in the file; 0 when the run does not say.</param>
internal readonly record struct ValueFileUse(ValueFileId File, long Entries, long Bytes, long End);
