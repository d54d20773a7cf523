using System.Globalization;
using System.Text;
using Hedge.Host.Statistics;
using Hedge.Storage.Partitions;
using Hedge.Storage.Values;

namespace Hedge.Host.Commands.Administration;

/// <summary>HEDGE.STATS' text: INFO storage in aligned lines, with tables of run files by size and of
/// databases.</summary>
internal static class StorageReport
{
    private const int NameWidth = 20;
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>The report.</summary>
    public static ReadOnlySpan<byte> ToUtf8(CommandContext context)
    {
        var figures = new StorageFigures(context);
        var text = new StringBuilder();
        Space(text, figures);
        Work(text, figures);
        Reads(text, figures);
        Latencies(text, context);
        Tiers(text, figures.Tiers);
        Databases(text, context);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Space(StringBuilder text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        Line(text, "compaction", $"{figures.PolicyName}; partitions: {figures.PoliciesInUse}");
        Line(text, "run files", $"{sum.Runs}, {Size(sum.RunBytes)}; {figures.GarbageFiles} to be deleted");
        Line(text, "blocks in them", $"{Size(sum.StoredBlockBytes)}, {Size(sum.BlockBytes)} uncompressed, "
            + $"ratio {figures.CompressionRatio:0.00}");
        Line(text, "log", $"{sum.LogSegments} segments, {Size(sum.LogBytes)}");
        ValueLogFigures values = figures.ValueLog;
        Line(text, "value files", $"{values.Files}, {Size(values.Bytes)}, {Size(values.LiveBytes)} live; "
            + $"{values.CondemnedFiles} being emptied, {Size(values.MovedBytes)} moved, "
            + $"{values.DeletedFiles} deleted");
        Line(text, "keys and values", $"{Size(sum.LiveBytes)} live of about {Size(sum.StoredBytes)}, "
            + $"waste {figures.WasteRatio:0.00}; {Size(sum.DirtyRecordBytes)} not in run files yet");
        Line(text, "space per live byte", $"{figures.SpaceAmplification:0.00}; run files alone "
            + $"{figures.RunSpaceAmplification:0.00}");
        Line(text, "unresolved counts", $"{sum.UnresolvedCounts}");
    }

    private static void Work(StringBuilder text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        Line(text, "written by clients", $"{Size(sum.UserBytesWritten)} in {sum.Changes} changes");
        Line(text, "written to disk", $"{Size(sum.LogBytesWritten)} log, {Size(sum.FlushedBytes)} flushes, "
            + $"{Size(sum.CompactedBytes)} compactions");
        Line(text, "per byte written", $"{figures.WriteAmplification:0.00}; without the log "
            + $"{figures.WriteAmplificationWithoutLog:0.00}");
        Line(text, "flushes", $"{sum.Flushes} done, {sum.FlushesRunning} running, "
            + $"{sum.FlushesWaiting} waiting");
        Line(text, "compactions", $"{sum.Compactions} done, {sum.CompactionsRunning} running, "
            + $"{sum.CompactionsWaiting} waiting");
        Line(text, "stalls", $"{sum.SlowedWrites} writes slowed, "
            + $"{sum.StallMicroseconds / MicrosecondsPerSecond:0.000} s; "
            + (sum.WriteBytesPerSecond == 0 ? "none slowed now"
                : $"slowed to {Size(sum.WriteBytesPerSecond)} a second now"));
    }

    private static void Reads(StringBuilder text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        Line(text, "records in memory", $"{sum.RecordHits} hits, {sum.RecordMisses} misses, "
            + $"rate {figures.RecordHitRate:0.0000}; {sum.RecordsEvicted} evicted");
        Line(text, "filters", $"{sum.FilterChecks} checks, {sum.FilterNegatives} negatives, "
            + $"{sum.FilterFalsePositives} false positives, rate {figures.FalsePositiveRate:0.0000}");
        Line(text, "block cache", $"{sum.BlockCacheHits} hits, {sum.BlockCacheMisses} misses, "
            + $"rate {figures.BlockCacheHitRate:0.0000}");
        Line(text, "read from disk", $"{sum.DiskReads} blocks, {Size(sum.DiskReadBytes)}");
    }

    private static void Latencies(StringBuilder text, CommandContext context)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{"microseconds",-NameWidth} {"commands",12} "
            + $"{"queue p50",10} {"p99.9",8} {"cpu p50",8} {"p99.9",8} {"of the disk",12} {"p50",8} "
            + $"{"p99.9",8}\n");
        foreach ((string family, LatencySplit split) in context.Server.Statistics.Families())
        {
            if (split.Cpu.Total == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $"{family,-NameWidth} {split.Cpu.Total,12} "
                + $"{split.Queue.Percentile(50),10} {split.Queue.Percentile(99.9),8} "
                + $"{split.Cpu.Percentile(50),8} {split.Cpu.Percentile(99.9),8} {split.Disk.Total,12} "
                + $"{split.Disk.Percentile(50),8} {split.Disk.Percentile(99.9),8}\n");
        }
    }

    private static void Tiers(StringBuilder text, RunTiers tiers)
    {
        text.Append('\n').Append(CultureInfo.InvariantCulture,
            $"{"run files of",-NameWidth}{"number",10}{"size",12}{"compressed",12}\n");
        for (int i = 0; i < RunTiers.Count; i++)
        {
            if (tiers.Runs(i) == 0) continue;
            string range = i < RunTiers.Count - 1 ? "below " + Size(RunTiers.EndOf(i))
                : Size(RunTiers.EndOf(i - 1)) + " and more";
            text.Append(CultureInfo.InvariantCulture,
                $"{range,-NameWidth}{tiers.Runs(i),10}{Size(tiers.Bytes(i)),12}");
            text.Append(CultureInfo.InvariantCulture, $"{tiers.CompressionRatio(i),12:0.00}\n");
        }
    }

    // Waste is what of a database's entries in run files is replaced, removed or a tombstone. Keys that are
    // not in run files yet hide some of it.
    private static void Databases(StringBuilder text, CommandContext context)
    {
        text.Append('\n').Append(CultureInfo.InvariantCulture,
            $"{"database",-NameWidth}{"keys",10}{"expires",12}{"in runs",12}{"waste",8}\n");
        for (int i = 0; i < context.Databases.Count; i++)
        {
            long keys = context.Databases.ApproximateKeys(i);
            long entries = context.Databases.ApproximateRunEntries(i);
            if (keys == 0 && entries == 0) continue;
            long expires = context.Databases.ApproximateExpires(i);
            double waste = StorageFigures.Ratio(Math.Max(0, entries - keys), entries);
            text.Append(CultureInfo.InvariantCulture,
                $"{"db" + InfoText.Number(i),-NameWidth}{keys,10}{expires,12}{entries,12}{waste,8:0.00}\n");
        }
    }

    private static string Size(long bytes) => InfoText.Human(bytes);

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(name.PadRight(NameWidth)).Append(' ')
            .Append(value).Append('\n');
}
