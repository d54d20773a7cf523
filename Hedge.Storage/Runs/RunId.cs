namespace Hedge.Storage.Runs;

/// <summary>Names a run: its partition and its file number there. A partition never uses a file number
/// twice.</summary>
internal readonly record struct RunId(uint Partition, ulong FileNumber);
