using Hedge.Host.Executions;

namespace Hedge.Host.Keyspaces;

/// <summary>A write exceeds what one command or transaction may write; thrown before it is done, caught in
/// <see cref="LimitedRun"/>.</summary>
internal sealed class WriteTooLargeException(string reply) : Exception(reply);
