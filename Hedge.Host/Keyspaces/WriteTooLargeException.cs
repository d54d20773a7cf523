namespace Hedge.Host.Keyspaces;

/// <summary>A write exceeds what one command or transaction may write; thrown before it is done, caught in
/// <c>LimitedRun</c>.</summary>
internal sealed class WriteTooLargeException(string reply) : Exception(reply);
