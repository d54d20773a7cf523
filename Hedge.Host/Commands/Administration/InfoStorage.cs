using System.Globalization;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.Damages;
using Hedge.Storage.Partitions;
using Hedge.Storage.Values;

namespace Hedge.Host.Commands.Administration;

/// <summary>INFO's section on the storage engine. Counters since the start or CONFIG RESETSTAT.</summary>
internal static class InfoStorage
{
    public static void Write(CommandContext context, InfoText text)
    {
        var figures = new StorageFigures(context);
        Runs(text, figures);
        Space(text, figures);
        Work(text, figures);
        Reads(text, figures);
        if (context.Storage is { } storage) Damages(text, storage);
    }

    private static void Runs(InfoText text, StorageFigures figures)
    {
        text.Line("compaction_policy", figures.PolicyName);
        text.Line("compaction_policy_in_use", figures.PoliciesInUse);
        text.Line("runs", figures.Sum.Runs);
        text.Line("run_bytes", figures.Sum.RunBytes);
        text.Line("run_block_bytes", figures.Sum.StoredBlockBytes);
        text.Line("run_block_bytes_uncompressed", figures.Sum.BlockBytes);
        text.Line("compression_ratio", figures.CompressionRatio);
        for (int i = 0; i < RunTiers.Count; i++)
        {
            if (figures.Tiers.Runs(i) == 0) continue;
            long below = i == RunTiers.Count - 1 ? 0 : RunTiers.EndOf(i);
            text.Line(string.Create(CultureInfo.InvariantCulture, $"run_tier_{i}"),
                string.Create(CultureInfo.InvariantCulture,
                    $"below={below},runs={figures.Tiers.Runs(i)},bytes={figures.Tiers.Bytes(i)},"
                    + $"compression_ratio={figures.Tiers.CompressionRatio(i):0.00}"));
        }

        text.Line("garbage_files", figures.GarbageFiles);
    }

    private static void Space(InfoText text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        text.Line("dirty_record_bytes", sum.DirtyRecordBytes);
        text.Line("stored_bytes", sum.StoredBytes);
        text.Line("live_bytes", sum.LiveBytes);
        text.Line("waste_ratio", figures.WasteRatio);
        text.Line("space_amplification", figures.SpaceAmplification);
        text.Line("run_space_amplification", figures.RunSpaceAmplification);
        text.Line("unresolved_counts", sum.UnresolvedCounts);
        text.Line("log_bytes", sum.LogBytes);
        text.Line("log_segments", sum.LogSegments);
        ValueLogFigures values = figures.ValueLog;
        text.Line("value_log_files", values.Files);
        text.Line("value_log_bytes", values.Bytes);
        text.Line("value_log_live_bytes", values.LiveBytes);
        text.Line("value_log_gc_files_waiting", values.CondemnedFiles);
        text.Line("value_log_gc_values_moved", values.MovedValues);
        text.Line("value_log_gc_bytes_moved", values.MovedBytes);
        text.Line("value_log_gc_files_deleted", values.DeletedFiles);
    }

    private static void Work(InfoText text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        text.Line("changes", sum.Changes);
        text.Line("user_bytes_written", sum.UserBytesWritten);
        text.Line("log_bytes_written", sum.LogBytesWritten);
        text.Line("flushes", sum.Flushes);
        text.Line("flushed_bytes", sum.FlushedBytes);
        text.Line("flushes_running", sum.FlushesRunning);
        text.Line("flushes_waiting", sum.FlushesWaiting);
        text.Line("compactions", sum.Compactions);
        text.Line("compacted_bytes", sum.CompactedBytes);
        text.Line("compactions_running", sum.CompactionsRunning);
        text.Line("compactions_waiting", sum.CompactionsWaiting);
        text.Line("write_amplification", figures.WriteAmplification);
        text.Line("write_amplification_without_log", figures.WriteAmplificationWithoutLog);
        text.Line("slowed_writes", sum.SlowedWrites);
        text.Line("stall_microseconds", sum.StallMicroseconds);
        text.Line("write_limit_bytes_per_second", sum.WriteBytesPerSecond);
    }

    private static void Damages(InfoText text, CoreStorage storage)
    {
        DamageRegister damages = storage.Damages;
        text.Line("damaged_blocks", damages.Present(DamageKind.Block));
        text.Line("damaged_values", damages.Present(DamageKind.Value));
        text.Line("unreadable_files", damages.Present(DamageKind.Unreadable));
        text.Line("missing_files", damages.Present(DamageKind.Missing));
        text.Line("damages_found", Enum.GetValues<DamageKind>().Sum(damages.Found));
        text.Line("last_damage", damages.Last is not { } last ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"kind={DamageNames.Of(last.Kind)},offset={last.Offset},file={last.Path}"));
        text.Line("failed_partitions", storage.FailedPartitions);
    }

    private static void Reads(InfoText text, StorageFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        text.Line("record_hits", sum.RecordHits);
        text.Line("record_misses", sum.RecordMisses);
        text.Rate("record_hit_rate", figures.RecordHitRate);
        text.Line("evicted_records", sum.RecordsEvicted);
        text.Line("filter_checks", sum.FilterChecks);
        text.Line("filter_negatives", sum.FilterNegatives);
        text.Line("filter_false_positives", sum.FilterFalsePositives);
        text.Rate("filter_false_positive_rate", figures.FalsePositiveRate);
        text.Line("block_cache_hits", sum.BlockCacheHits);
        text.Line("block_cache_misses", sum.BlockCacheMisses);
        text.Rate("block_cache_hit_rate", figures.BlockCacheHitRate);
        text.Line("disk_reads", sum.DiskReads);
        text.Line("disk_read_bytes", sum.DiskReadBytes);
    }
}
