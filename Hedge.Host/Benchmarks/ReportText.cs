using System.Text;

namespace Hedge.Host.Benchmarks;

/// <summary>The report as people read it.</summary>
internal static class ReportText
{
    private const double Mebi = 1 << 20;

    /// <summary>The line printed every second.</summary>
    public static string Progress(BenchPhase phase, double seconds, long operationsNow, long directoryBytes)
    {
        var figures = new EngineFigures();
        foreach (CoreFigures core in phase.Figures)
            if (core.Latest is { } latest) figures.Add(latest);
        return $"{phase.Name,-12} {seconds,5:F0} s {operationsNow,10:N0} ops/s {phase.Operations,13:N0} "
            + $"done | runs {figures.Partitions.Runs} flushes waiting {figures.Partitions.FrozenGenerations} "
            + $"compactions {figures.Partitions.CompactionsUnderWay} | dirty "
            + $"{figures.Partitions.DirtyRecordBytes / Mebi:F0} MiB, directory "
            + $"{directoryBytes / Mebi:F0} MiB, resident {ProcessFigures.Resident().Now / Mebi:F0} MiB";
    }

    /// <summary>A phase's figures.</summary>
    public static string Of(PhaseReport r)
    {
        var text = new StringBuilder();
        Line(text, $"== {r.Name}: {r.Operations:N0} operations in {r.Seconds:F2} s");
        if (r.Operations > 0)
        {
            Line(text, $"throughput       {r.OperationsPerSecond:N0} ops/s; CPU "
                + $"{r.CpuMicrosecondsPerOperation:F3} µs per operation, all threads");
        }

        Line(text, $"CPU seconds      {string.Join(", ", r.CpuSecondsByThreads.Where(g => g.Value > 0)
            .OrderByDescending(g => g.Value).Select(g => $"{g.Key} {g.Value:F2}"))}");
        Latency(text, "read latency", r.ReadLatency);
        Latency(text, "write latency", r.WriteLatency);
        if (r.Hits + r.Misses > 0) Line(text, $"look-ups         {r.Hits:N0} hits, {r.Misses:N0} misses");
        if (r.KeysScanned > 0)
        {
            Line(text, $"scans            {r.KeysScanned:N0} keys visited, "
                + $"{r.KeysScanned / r.Seconds:N0} keys/s");
        }

        if (r.Operations > 0) Waits(text, r);
        Bytes(text, r);
        Line(text, $"space            {r.LiveKeys:N0} keys; directory {r.DirectoryBytes / Mebi:N0} MiB, peak "
            + $"{r.PeakDirectoryBytes / Mebi:N0} MiB");
        if (r.SpaceAmplification is { } space)
        {
            Line(text, $"space per live   {space:F2}, peak {r.PeakSpaceAmplification:F2}, run files alone "
                + $"{r.RunSpaceAmplification:F2}");
        }

        Line(text, $"memory           resident {r.ResidentBytes / Mebi:N0} MiB, peak "
            + $"{r.PeakResidentBytes / Mebi:N0} MiB; records {r.RecordMemoryBytes / Mebi:N0}, table "
            + $"{r.TableMemoryBytes / Mebi:N0}, filters and indices {r.FilterMemoryBytes / Mebi:N0}, block "
            + $"cache and log buffers {r.BlockCacheAndLogMemoryBytes / Mebi:N0} MiB");
        foreach (TierReport tier in r.RunsBySize)
        {
            string below = tier.BelowBytes == long.MaxValue ? "larger" : $"< {tier.BelowBytes >> 20} MiB";
            Line(text, $"runs {below,-11} {tier.Runs,5:N0} files {tier.Bytes / Mebi,10:N1} MiB");
        }

        return text.ToString();
    }

    private static void Waits(StringBuilder text, PhaseReport r)
    {
        Line(text, $"waits            {r.Waited:N0} operations waited, {r.Stalled:N0} of them for a flush; "
            + $"stalled {r.StallSeconds:F2} s; longest time without a completed operation "
            + $"{r.LongestGapMilliseconds:F1} ms");
    }

    private static void Bytes(StringBuilder text, PhaseReport r)
    {
        Line(text, $"device           read {r.DeviceReadBytes / Mebi:N1} MiB{Each(r.DeviceReadBytes, r)}, "
            + $"written {r.DeviceWrittenBytes / Mebi:N1} MiB{Each(r.DeviceWrittenBytes, r)}, by "
            + "/proc/self/io");
        Line(text, $"engine           log {r.LogBytes / Mebi:N1} MiB, {r.Flushes:N0} flushes "
            + $"{r.FlushedBytes / Mebi:N1} MiB, {r.Compactions:N0} compactions "
            + $"{r.CompactedBytes / Mebi:N1} MiB written; {r.BlockReads:N0} blocks "
            + $"{r.BlockReadBytes / Mebi:N1} MiB read");
        if (r.ValueFiles > 0)
        {
            Line(text, $"value files      {r.ValueFiles:N0}, {r.ValueFileBytes / Mebi:N1} MiB, "
                + $"{r.ValueFileLiveBytes / Mebi:N1} MiB live; {r.MovedValueBytes / Mebi:N1} MiB moved");
        }

        if (r.UserBytesWritten > 0)
        {
            Line(text, $"amplification    writes {r.WriteAmplification:F2} ("
                + $"{r.WriteAmplificationWithoutLog:F2} without the log; "
                + $"{r.DeviceWriteAmplification:F2} by the device) of "
                + $"{r.UserBytesWritten / Mebi:N1} MiB of keys and values");
        }

        if (r.BlockReadsPerHit is { } blocks) Line(text, $"block reads      {blocks:F3} per hit");
        if (r.Expired > 0) Line(text, $"expired          {r.Expired:N0} keys");
    }

    private static string Each(long bytes, PhaseReport r) =>
        r.Operations == 0 ? "" : $" ({(double)bytes / r.Operations:F1} B/op)";

    private static void Latency(StringBuilder text, string name, LatencyReport? latency)
    {
        if (latency is null) return;
        Line(text, $"{name,-16} p50 {latency.P50:F2} p99 {latency.P99:F2} p99.9 {latency.P999:F2} max "
            + $"{latency.Max:F0} µs");
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
