using Hedge.Storage.Collections;
using Hedge.Storage.Compactions;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;

namespace Hedge.Storage.Cores;

/// <summary>How the storage engine is opened.</summary>
public sealed class EngineOptions
{
    /// <summary>The data directory; made when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>Number of cores, each with a log; 1 to 128. May differ from the last time.</summary>
    public int Cores { get; init; } = 1;

    /// <summary>Number of partitions of a new data directory, a power of two from 1 to 1024; default 16. An
    /// existing directory keeps its number.</summary>
    public int Partitions { get; init; } = 16;

    /// <summary>Number of databases, 1 to 65,535; default 16.</summary>
    public int Databases { get; init; } = 16;

    /// <summary>Memory for records over all partitions, in bytes, at least 1 MiB; default 1 GiB. Unflushed
    /// changes are in it too and are never dropped.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>Memory for blocks of run files per core, in bytes, at first; default 32 MiB.</summary>
    public long BlockCacheBytes { get; init; } = 32L << 20;

    /// <summary>True to have the block caches take more or less than at first, by what that saves
    /// (<c>Engine.Govern</c>).</summary>
    public bool AdaptsBlockCache { get; init; }

    /// <summary>Bytes of changed records at which a partition flushes; default 16 MiB.</summary>
    public long MemtableBytes { get; init; } = 16L << 20;

    /// <summary>Bytes logged for a partition at which it flushes, so that recovery stays short; default 128
    /// MiB.</summary>
    public long MemtableLogBytes { get; init; } = 128L << 20;

    /// <summary>Generations of a partition that may wait for their flush at once; default 2.</summary>
    public int FrozenGenerationsMax { get; init; } = 2;

    /// <summary>Bytes of log per core at which all partitions flush, so that old segments can go; default 1
    /// GiB.</summary>
    public long LogBytes { get; init; } = 1L << 30;

    /// <summary>Bytes that the data directory may take at first (<see cref="DiskLimits.DiskLimit"/>); 0, the
    /// default, for any number.</summary>
    public long DiskBytes { get; init; }

    /// <summary>True to start although something of the logs that was durable is missing or damaged, with
    /// what is there; by default such a directory is refused.</summary>
    public bool LoadsTruncatedLog { get; init; }

    /// <summary>Gets the changes of the logs that cannot be applied because of damage elsewhere, so that the
    /// start goes on without them; null to refuse it.</summary>
    internal LostChanges? LostChanges { get; init; }

    /// <summary>Disk space kept in reserve for deletions and for the start on a full disk; less on a small
    /// file system. 0, the default, for none.</summary>
    public long DiskReserveBytes { get; init; }

    /// <summary>The directory of backups in which the logs are kept beyond what a start needs; null, the
    /// default, for nowhere.</summary>
    public string? ArchiveDirectory { get; init; }

    /// <summary>How the cores' logs are kept.</summary>
    public LogSettings Log { get; init; } = new();

    /// <summary>How runs are merged at first; default tiered.</summary>
    public CompactionPolicy CompactionPolicy { get; init; }

    /// <summary>How merges that include a partition's oldest run compress at first; default not at
    /// all.</summary>
    public BlockCompression Compression { get; init; }

    /// <summary>How flushes and the other merges compress at first; default not at all.</summary>
    public BlockCompression CompressionUpper { get; init; }

    /// <summary>Values from this length on are written once, into the log, and referred to from the runs; 0
    /// for none, at most 512 MiB; default 1024.</summary>
    public int ValueLogThreshold { get; init; } = 1024;

    /// <summary>Changes of a partition in half a second up to which it counts as quiet, so that background
    /// work which can wait is done.</summary>
    internal long QuietChanges { get; init; } = 500;

    /// <summary>How long the nodes of collections are, in bytes.</summary>
    public int NodeBytes { get; init; } = 1024;

    internal CompactionOptions Compaction { get; init; } = new();

    /// <summary>All mistakes in the options; empty when there are none.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [.. Log.Problems(), .. Compaction.Problems()];
        Check(Directory.Length > 0, "the data directory must be named");
        Check(Cores is >= 1 and <= 128, "cores must be 1 to 128");
        Check(int.IsPow2(Partitions) && Partitions is >= 1 and <= DataDirectory.PartitionsMax,
            "partitions must be a power of two from 1 to 1024");
        Check(Databases is >= 1 and <= 65_535, "databases must be 1 to 65535");
        Check(CacheBytes >= 1 << 20, "the record cache must have at least 1 MiB");
        Check(BlockCacheBytes >= 1 << 20, "the block cache must have at least 1 MiB");
        Check(LogBytes >= 2 * Log.SegmentBytes, "the log size must be at least two segments");
        Check(MemtableBytes >= 1 && MemtableLogBytes >= 1, "memtable sizes must be positive");
        Check(ValueLogThreshold is >= 0 and <= 512 << 20,
            "the value log's threshold must be 0 to 512 MiB");
        Check(NodeBytes is >= 64 and <= TreeShape.LeafBytesMost, "nodes must have 64 bytes to 16 KiB");
        Check(FrozenGenerationsMax is >= 1 and <= 8, "frozen generations must be 1 to 8");
        foreach (BlockCompression compression in (BlockCompression[])[Compression, CompressionUpper])
            Check(CompressionLibrary.IsThere(compression), CompressionLibrary.Missing(compression));
        return problems;

        void Check(bool holds, string rule)
        {
            if (!holds) problems.Add(rule);
        }
    }
}
