namespace Hedge.Host.Commands;

/// <summary>Progress of a command that has done all that it needed partitions for: while it goes on, it holds
/// none.</summary>
internal interface IFreeProgress;
