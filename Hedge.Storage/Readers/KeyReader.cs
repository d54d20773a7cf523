namespace Hedge.Storage.Readers;

/// <summary>A client that is told when keys change that it has read.</summary>
/// <param name="Client">Its number, which no other client ever has.</param>
/// <param name="Core">The core of its connection.</param>
/// <param name="Connection">The connection's index there.</param>
public readonly record struct KeyReader(long Client, int Core, int Connection);
