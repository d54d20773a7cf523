namespace Hedge.Host.Benchmarks;

/// <summary>Everything a run has measured, as it goes into the JSON file.</summary>
internal sealed record BenchReport
{
    public required string CommandLine { get; init; }

    public required string Version { get; init; }

    public required MachineReport Machine { get; init; }

    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public string? Failure { get; init; }

    public required IReadOnlyList<PhaseReport> Phases { get; init; }
}

/// <summary>Where it was measured.</summary>
internal sealed record MachineReport(string System, string Runtime, string Processor, int Processors,
    long MemoryBytes, string Io);

/// <summary>Latencies in microseconds.</summary>
internal sealed record LatencyReport(double P50, double P99, double P999, double Max)
{
    public static LatencyReport? Of(LatencyRecorder recorder) => recorder.Total == 0 ? null
        : new LatencyReport(recorder.Percentile(50) / 1e3, recorder.Percentile(99) / 1e3,
            recorder.Percentile(99.9) / 1e3, recorder.Max / 1e3);
}

/// <summary>Run files of a size.</summary>
internal sealed record TierReport(long BelowBytes, long Runs, long Bytes);

/// <summary>One phase's figures. Amplifications are ratios; null where there is nothing to divide
/// by.</summary>
internal sealed record PhaseReport
{
    public required string Name { get; init; }

    public required double Seconds { get; init; }

    public required long Operations { get; init; }

    public required double OperationsPerSecond { get; init; }

    /// <summary>Processor time of the whole process per operation, in microseconds.</summary>
    public double? CpuMicrosecondsPerOperation { get; init; }

    /// <summary>The same by threads.</summary>
    public required IReadOnlyDictionary<string, double> CpuSecondsByThreads { get; init; }

    public LatencyReport? ReadLatency { get; init; }

    public LatencyReport? WriteLatency { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    public required long KeysScanned { get; init; }

    /// <summary>Operations that waited for the disk, a flush or a sync.</summary>
    public required long Waited { get; init; }

    /// <summary>Writes that waited for a flush.</summary>
    public required long Stalled { get; init; }

    /// <summary>Seconds in which a core could begin nothing because of them, the most of any core.</summary>
    public required double StallSeconds { get; init; }

    /// <summary>The longest time in which a core completed nothing.</summary>
    public required double LongestGapMilliseconds { get; init; }

    public required long UserBytesWritten { get; init; }

    /// <summary>Bytes from and to the device, as the kernel counts them.</summary>
    public required long DeviceReadBytes { get; init; }

    public required long DeviceWrittenBytes { get; init; }

    public required long LogBytes { get; init; }

    public required long Flushes { get; init; }

    public required long FlushedBytes { get; init; }

    public required long Compactions { get; init; }

    /// <summary>Bytes of the runs that compactions made and of the values they moved.</summary>
    public required long CompactedBytes { get; init; }

    /// <summary>Value files at the end: how many, their bytes, and those of live values.</summary>
    public required long ValueFiles { get; init; }

    public required long ValueFileBytes { get; init; }

    public required long ValueFileLiveBytes { get; init; }

    /// <summary>Bytes of values moved out of value files with little in them; part of
    /// <see cref="CompactedBytes"/>.</summary>
    public required long MovedValueBytes { get; init; }

    /// <summary>Bytes written by log, flushes and compactions per byte the user wrote.</summary>
    public double? WriteAmplification { get; init; }

    public double? WriteAmplificationWithoutLog { get; init; }

    /// <summary>The kernel's written bytes per byte the user wrote.</summary>
    public double? DeviceWriteAmplification { get; init; }

    public required long BlockReads { get; init; }

    public required long BlockReadBytes { get; init; }

    /// <summary>Blocks read from disk per look-up that found its key; those for counts and expiry
    /// too.</summary>
    public double? BlockReadsPerHit { get; init; }

    public required long Expired { get; init; }

    /// <summary>Keys there are at the end.</summary>
    public required long LiveKeys { get; init; }

    public required long DirectoryBytes { get; init; }

    public required long PeakDirectoryBytes { get; init; }

    /// <summary>Bytes of run files at the end per byte of live keys and values.</summary>
    public double? RunSpaceAmplification { get; init; }

    /// <summary>Bytes of the data directory at the end, log and all, per byte of live keys and
    /// values.</summary>
    public double? SpaceAmplification { get; init; }

    /// <summary>The most the directory held during the phase, per byte of live keys and values at its
    /// end.</summary>
    public double? PeakSpaceAmplification { get; init; }

    public required IReadOnlyList<TierReport> RunsBySize { get; init; }

    public required long ResidentBytes { get; init; }

    /// <summary>The most of the whole process so far.</summary>
    public required long PeakResidentBytes { get; init; }

    public required long RecordMemoryBytes { get; init; }

    public required long TableMemoryBytes { get; init; }

    public required long FilterMemoryBytes { get; init; }

    public required long BlockCacheAndLogMemoryBytes { get; init; }
}
