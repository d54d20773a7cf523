namespace Hedge.Host.Cores;

/// <summary>A write exceeds what one command or transaction may write; thrown before it is done, caught by the
/// <see cref="Executor"/>.</summary>
internal sealed class WriteTooLargeException() : Exception(WriteBudget.Refusal);
