namespace Hedge.Host.Benchmarks;

/// <summary>Measures one phase from outside and makes its report.</summary>
internal sealed class PhaseMeter(BenchPhase phase, BenchOptions options)
{
    private readonly ProcessFigures _before = ProcessFigures.Take();
    private long _peakDirectory;

    /// <summary>Looks at what has no counter; about once a second.</summary>
    public long SampleDirectory()
    {
        long bytes = ProcessFigures.DirectoryBytes(options.Engine.DataDirectory);
        _peakDirectory = Math.Max(_peakDirectory, bytes);
        return bytes;
    }

    /// <summary>The report, when all cores have ended the phase.</summary>
    public PhaseReport Report()
    {
        ProcessFigures after = ProcessFigures.Take();
        long directory = SampleDirectory();
        EngineFigures first = Sum(f => f.Before);
        EngineFigures last = Sum(f => f.After);
        var reads = new LatencyRecorder();
        var writes = new LatencyRecorder();
        foreach (CoreFigures core in phase.Figures)
        {
            reads.Add(core.ReadLatency);
            writes.Add(core.WriteLatency);
        }

        long operations = phase.Operations;
        long ticks = phase.Figures.Max(f => f.Ended) - phase.Figures.Min(f => f.Began);
        double seconds = Math.Max(1e-9, CoreFigures.Nanoseconds(ticks) / 1e9);
        (long resident, long residentPeak) = ProcessFigures.Resident();
        double cpu = after.CpuMilliseconds - _before.CpuMilliseconds;
        long hits = phase.Figures.Sum(f => f.Hits);
        long user = phase.Figures.Sum(f => f.UserBytesWritten);
        long live = last.Keys * (options.KeyBytes + options.ValueBytes);
        long log = last.LogWritten - first.LogWritten;
        long flushed = last.Partitions.FlushedBytes - first.Partitions.FlushedBytes;
        long compacted = last.Partitions.CompactedBytes - first.Partitions.CompactedBytes;
        long written = after.WrittenBytes - _before.WrittenBytes;
        long blocks = last.BlockReads - first.BlockReads;
        return new PhaseReport
        {
            Name = phase.Name,
            Seconds = seconds,
            Operations = operations,
            OperationsPerSecond = operations / seconds,
            CpuMicrosecondsPerOperation = Ratio(cpu * 1000, operations),
            CpuSecondsByThreads = after.ThreadMilliseconds.ToDictionary(g => g.Key,
                g => (g.Value - _before.ThreadMilliseconds.GetValueOrDefault(g.Key)) / 1000),
            ReadLatency = LatencyReport.Of(reads),
            WriteLatency = LatencyReport.Of(writes),
            Hits = hits,
            Misses = phase.Figures.Sum(f => f.Misses),
            KeysScanned = phase.Figures.Sum(f => f.KeysScanned),
            Waited = phase.Figures.Sum(f => f.Waited),
            Stalled = phase.Figures.Sum(f => f.Stalled),
            StallSeconds = CoreFigures.Nanoseconds(phase.Figures.Max(f => f.StallTicks)) / 1e9,
            LongestGapMilliseconds = CoreFigures.Nanoseconds(phase.Figures.Max(f => f.GapTicks)) / 1e6,
            UserBytesWritten = user,
            DeviceReadBytes = after.ReadBytes - _before.ReadBytes,
            DeviceWrittenBytes = written,
            LogBytes = log,
            Flushes = last.Partitions.Flushes - first.Partitions.Flushes,
            FlushedBytes = flushed,
            Compactions = last.Partitions.Compactions - first.Partitions.Compactions,
            CompactedBytes = compacted,
            ValueFiles = last.ValueLog.Files,
            ValueFileBytes = last.ValueLog.Bytes,
            ValueFileLiveBytes = last.ValueLog.LiveBytes,
            MovedValueBytes = last.ValueLog.MovedBytes - first.ValueLog.MovedBytes,
            WriteAmplification = Ratio(log + flushed + compacted, user),
            WriteAmplificationWithoutLog = Ratio(flushed + compacted, user),
            DeviceWriteAmplification = Ratio(written, user),
            BlockReads = blocks,
            BlockReadBytes = last.BlockReadBytes - first.BlockReadBytes,
            BlockReadsPerHit = Ratio(blocks, hits),
            Expired = last.Expired - first.Expired,
            LiveKeys = last.Keys,
            DirectoryBytes = directory,
            PeakDirectoryBytes = _peakDirectory,
            RunSpaceAmplification = Ratio(last.Partitions.RunBytes, live),
            SpaceAmplification = Ratio(directory, live),
            PeakSpaceAmplification = Ratio(_peakDirectory, live),
            RunsBySize = Tiers(last),
            ResidentBytes = resident,
            PeakResidentBytes = residentPeak,
            RecordMemoryBytes = last.Partitions.RecordBytes,
            TableMemoryBytes = last.Partitions.TableBytes,
            FilterMemoryBytes = last.Partitions.FilterBytes,
            BlockCacheAndLogMemoryBytes = last.CoreMemory,
        };
    }

    private static double? Ratio(double part, double whole) => whole > 0 ? part / whole : null;

    private EngineFigures Sum(Func<CoreFigures, EngineFigures?> choose)
    {
        var sum = new EngineFigures();
        foreach (CoreFigures core in phase.Figures)
            if (choose(core) is { } figures) sum.Add(figures);
        return sum;
    }

    private static List<TierReport> Tiers(EngineFigures figures)
    {
        var tiers = new List<TierReport>();
        for (int i = 0; i < Storage.Partitions.RunTiers.Count; i++)
        {
            long runs = figures.Tiers.Runs(i);
            if (runs > 0)
                tiers.Add(new TierReport(Storage.Partitions.RunTiers.EndOf(i), runs, figures.Tiers.Bytes(i)));
        }

        return tiers;
    }
}
