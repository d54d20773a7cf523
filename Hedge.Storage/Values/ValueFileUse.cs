namespace Hedge.Storage.Values;

/// <summary>What a run's entries need of a value file.</summary>
/// <param name="File">The file.</param>
/// <param name="Entries">How many entries refer to it.</param>
/// <param name="Bytes">The bytes of their values.</param>
/// <param name="End">Where the last of the values ends in the file; 0 when the run does not say.</param>
internal readonly record struct ValueFileUse(ValueFileId File, long Entries, long Bytes, long End);
