using System.Buffers.Binary;
using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;

namespace Hedge.Storage.Checks;

/// <summary>How a check or a salvage opens the engine on an overlay of a directory.</summary>
internal static class OverlaidEngine
{
    private const int CoresMax = 128;
    private const long BlockCacheBytes = 1 << 20;
    private const long CacheBytesMin = 4 << 20;

    /// <summary>A directory that exists has its id; nothing is left to chance.</summary>
    public static ISeed Seed { get; } = new One();

    /// <summary>The options: the start goes on without what is lost.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="memoryBytes">Memory for blocks, records and read-ahead.</param>
    /// <param name="lost">Gets the changes that cannot be applied.</param>
    public static EngineOptions Options(DataDirectory directory, long memoryBytes, LostChanges lost) => new()
    {
        Directory = directory.Path,
        Cores = Math.Clamp(directory.Ledgers, 1, CoresMax),
        CacheBytes = Math.Max(memoryBytes / 4, CacheBytesMin),
        BlockCacheBytes = BlockCacheBytes,
        LoadsTruncatedLog = true,
        LostChanges = lost,
    };

    /// <summary>Says of a change that could not be applied which key it was of.</summary>
    public static CheckFinding LostChange(Partition partition, uint keyspace, string key, string message)
    {
        byte[] name = [0, 0, 0, 0, .. Encoding.Latin1.GetBytes(key)];
        BinaryPrimitives.WriteUInt32BigEndian(name, keyspace);
        return new CheckFinding(true, partition.Files.Directory, message)
        {
            Partition = partition.Index,
            Key = KeyText.Of(name, partition.Files.Manifest.Databases.AsSpan()),
        };
    }

    private sealed class One : ISeed
    {
        public ulong Next() => 1;
    }
}
