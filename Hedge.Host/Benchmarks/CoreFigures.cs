using System.Diagnostics;
using Hedge.Storage.Cores;
using Hedge.Storage.Partitions;
using Hedge.Storage.Values;

namespace Hedge.Host.Benchmarks;

/// <summary>What a core has counted in one phase. Written by the core; others read
/// <see cref="Operations"/> and <see cref="Latest"/> at any time, the rest after the phase's end.</summary>
internal sealed class CoreFigures
{
    private long _operations;
    private EngineFigures? _latest;

    /// <summary>Operations completed. Any thread.</summary>
    public long Operations
    {
        get => Volatile.Read(ref _operations);
        set => Volatile.Write(ref _operations, value);
    }

    /// <summary>The engine's figures, at most a tick old; null before the first. Any thread.</summary>
    public EngineFigures? Latest
    {
        get => Volatile.Read(ref _latest);
        set => Volatile.Write(ref _latest, value);
    }

    /// <summary>The engine's figures when the phase began and ended.</summary>
    public EngineFigures? Before { get; set; }

    /// <inheritdoc cref="Before"/>
    public EngineFigures? After { get; set; }

    /// <summary>When the core began and ended the phase, in ticks of the stopwatch.</summary>
    public long Began { get; set; }

    /// <inheritdoc cref="Began"/>
    public long Ended { get; set; }

    /// <summary>Look-ups that found their key.</summary>
    public long Hits { get; set; }

    /// <summary>Look-ups that did not.</summary>
    public long Misses { get; set; }

    /// <summary>Keys and values written, in bytes as the user sees them.</summary>
    public long UserBytesWritten { get; set; }

    /// <summary>Keys that scans have visited.</summary>
    public long KeysScanned { get; set; }

    /// <summary>Operations that had to wait for the disk, a flush or a sync.</summary>
    public long Waited { get; set; }

    /// <summary>Writes that had to wait for a flush.</summary>
    public long Stalled { get; set; }

    /// <summary>Ticks in which nothing could be begun because of writes that waited for a flush.</summary>
    public long StallTicks { get; set; }

    /// <summary>The longest time without a completed operation, in ticks.</summary>
    public long GapTicks { get; set; }

    /// <summary>Latencies of operations that only read.</summary>
    public LatencyRecorder ReadLatency { get; } = new();

    /// <summary>Latencies of operations that write.</summary>
    public LatencyRecorder WriteLatency { get; } = new();

    /// <summary>Ticks of the stopwatch as nanoseconds.</summary>
    public static long Nanoseconds(long ticks) => Stopwatch.Frequency == 1_000_000_000 ? ticks
        : (long)(ticks * (1e9 / Stopwatch.Frequency));
}

/// <summary>One core's engine at one moment; sums over cores are made by <see cref="Add"/>.</summary>
internal sealed class EngineFigures
{
    /// <summary>Partitions' memory, runs, flushes and compactions.</summary>
    public PartitionFigures Partitions;

    /// <summary>Run files by size.</summary>
    public RunTiers Tiers { get; } = new();

    /// <summary>Keys there are, roughly while blind writes are counted.</summary>
    public long Keys { get; private set; }

    /// <summary>Bytes written to the log's files, ever.</summary>
    public long LogWritten { get; private set; }

    /// <summary>Bytes on disk of the log.</summary>
    public long LogBytes { get; private set; }

    /// <summary>True when one core's log has given back the space it does not need.</summary>
    public bool IsLogAtRest { get; private set; }

    /// <summary>Value files, of all cores.</summary>
    public ValueLogFigures ValueLog { get; private set; }

    /// <summary>Blocks read for commands, scans, counts and expiry, ever.</summary>
    public long BlockReads { get; private set; }

    /// <summary>Bytes of <see cref="BlockReads"/>.</summary>
    public long BlockReadBytes { get; private set; }

    /// <summary>Keys removed because their time had come, ever.</summary>
    public long Expired { get; private set; }

    /// <summary>Native memory of block cache and log buffers.</summary>
    public long CoreMemory { get; private set; }

    /// <summary>Takes one core's; on its thread.</summary>
    public static EngineFigures Of(CoreStorage storage, IReadOnlyList<Partition> homes)
    {
        var figures = new EngineFigures();
        foreach (Partition partition in homes)
        {
            figures.Partitions.Add(partition);
            figures.Tiers.Add(partition);
            figures.Keys += partition.Count(0);
        }

        figures.LogWritten = storage.LogBytesWritten;
        figures.LogBytes = storage.LogBytes;
        figures.IsLogAtRest = storage.IsLogAtRest;
        figures.ValueLog = storage.ValueLog;
        figures.BlockReads = storage.DiskReads;
        figures.BlockReadBytes = storage.DiskReadBytes;
        figures.Expired = storage.Counters.ExpiredKeys;
        figures.CoreMemory = storage.MemoryBytes;
        return figures;
    }

    /// <summary>Adds another core's.</summary>
    public void Add(EngineFigures other)
    {
        Partitions.Add(other.Partitions);
        Tiers.Add(other.Tiers);
        Keys += other.Keys;
        LogWritten += other.LogWritten;
        LogBytes += other.LogBytes;
        // The same for all cores.
        ValueLog = other.ValueLog;
        BlockReads += other.BlockReads;
        BlockReadBytes += other.BlockReadBytes;
        Expired += other.Expired;
        CoreMemory += other.CoreMemory;
    }
}
