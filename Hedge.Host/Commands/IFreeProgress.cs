namespace Hedge.Host.Commands;

/// <summary>Progress of a command that gives back the partitions it holds when it pauses for its next turn:
/// it needs none any more, or others.</summary>
internal interface IFreeProgress;
