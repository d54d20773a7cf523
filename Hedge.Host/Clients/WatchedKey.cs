namespace Hedge.Host.Clients;

/// <summary>A key that a client watches, and its version when it began to.</summary>
/// <param name="Database">The key's database.</param>
/// <param name="Partition">The key's partition.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The partition's version of the key at WATCH.</param>
internal readonly record struct WatchedKey(
    int Database, int Partition, ReadOnlyMemory<byte> Key, ulong Version);
