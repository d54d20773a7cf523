using Hedge.Storage.Logs;
using static Hedge.Host.Monitoring.MetricFamily;

namespace Hedge.Host.Monitoring;

/// <summary>Metrics of what the storage engine does: log, flushes, merges, stalls, look-ups, and what the
/// start found. As INFO storage has them.</summary>
internal static class WorkMetrics
{
    private const double MicrosecondsPerSecond = 1e6;

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        Counter("hedge_changes_total", "Changes of keys.", static f => f.Sum.Changes),
        Counter("hedge_user_bytes_written_total", "Bytes of keys and values in them.",
            static f => f.Sum.UserBytesWritten),
        Counter("hedge_log_bytes_written_total", "Bytes written to logs.",
            static f => f.Sum.LogBytesWritten),
        new MetricFamily("hedge_log_sync_seconds", MetricType.Histogram, "How long syncs of the logs took.",
            ["core", "le"], Syncs),
        Counter("hedge_flushes_total", "Flushes of memtables.", static f => f.Sum.Flushes),
        Counter("hedge_flushed_bytes_total", "Bytes of the runs they wrote.",
            static f => f.Sum.FlushedBytes),
        Gauge("hedge_flushes_running", "Flushes under way.", static f => f.Sum.FlushesRunning),
        Gauge("hedge_flushes_waiting", "Memtables that wait for theirs.",
            static f => f.Sum.FlushesWaiting),
        Counter("hedge_compactions_total", "Merges of runs.", static f => f.Sum.Compactions),
        Counter("hedge_compacted_bytes_total", "Bytes of the runs they wrote.",
            static f => f.Sum.CompactedBytes),
        Gauge("hedge_compactions_running", "Merges under way.", static f => f.Sum.CompactionsRunning),
        Gauge("hedge_compactions_waiting", "Merges that wait for their turn.",
            static f => f.Sum.CompactionsWaiting),
        Gauge("hedge_write_amplification",
            "Bytes written by log, flushes and merges per byte that clients wrote.",
            static f => f.Storage.WriteAmplification),
        Gauge("hedge_write_amplification_without_log", "The same without the log.",
            static f => f.Storage.WriteAmplificationWithoutLog),
        Counter("hedge_slowed_writes_total", "Writes that waited for flushes or merges.",
            static f => f.Sum.SlowedWrites),
        Counter("hedge_stall_seconds_total", "How long they waited, together.",
            static f => f.Sum.StallMicroseconds / MicrosecondsPerSecond),
        Gauge("hedge_write_limit_bytes_per_second", "How fast writes may be at present; 0 for any speed.",
            static f => f.Sum.WriteBytesPerSecond),
        .. Reads(),
        .. Start(),
    ];

    private static MetricFamily[] Reads() =>
    [
        Counter("hedge_record_hits_total", "Look-ups that found their record in memory.",
            static f => f.Sum.RecordHits),
        Counter("hedge_record_misses_total", "Look-ups that asked the runs.",
            static f => f.Sum.RecordMisses),
        Counter("hedge_records_evicted_total", "Records dropped from memory that are on disk, too.",
            static f => f.Sum.RecordsEvicted),
        Counter("hedge_filter_checks_total", "Questions to runs' filters.",
            static f => f.Sum.FilterChecks),
        Counter("hedge_filter_negatives_total", "Answers that the key is not there.",
            static f => f.Sum.FilterNegatives),
        Counter("hedge_filter_false_positives_total", "Other answers although it was not.",
            static f => f.Sum.FilterFalsePositives),
        Counter("hedge_block_cache_hits_total", "Blocks that were in memory.",
            static f => f.Sum.BlockCacheHits),
        Counter("hedge_block_cache_misses_total", "Blocks that were not.",
            static f => f.Sum.BlockCacheMisses),
        Counter("hedge_disk_reads_total", "Reads of blocks from disk.", static f => f.Sum.DiskReads),
        Counter("hedge_disk_read_bytes_total", "Their bytes.", static f => f.Sum.DiskReadBytes),
    ];

    private static MetricFamily[] Start() =>
    [
        Gauge("hedge_recovery_seconds", "How long the last start took to load the data.",
            static f => f.Recovery.Microseconds / MicrosecondsPerSecond),
        Gauge("hedge_recovery_operations_applied", "Operations that it took from logs.",
            static f => f.Recovery.OperationsApplied),
        Gauge("hedge_recovery_operations_dropped",
            "Operations that it dropped, since something before them was never synced and is lost.",
            static f => f.Recovery.OperationsDropped),
        Gauge("hedge_recovery_torn_bytes", "Bytes of torn ends of logs, which were never synced.",
            static f => f.Recovery.TornBytes),
        Gauge("hedge_recovery_damages",
            "What was missing or damaged in the logs, and passed over (log-load-truncated).",
            static f => f.Recovery.Damages.Count),
        Gauge("hedge_recovery_operations_lost", "The least number of operations that are lost with it.",
            static f => f.Recovery.OperationsLost),
    ];

    private static void Syncs(MetricText text, MonitoringFigures figures)
    {
        Span<long> counts = stackalloc long[SyncTimes.Buckets];
        for (int core = 0; core < figures.Group.Count; core++)
        {
            SyncTimes times = figures.Group.Loops[core].Storage.Log.SyncTimes;
            for (int i = 0; i < counts.Length; i++) counts[i] = times.Count(i);
            text.Times("hedge_log_sync_seconds", [("core", MetricText.Number(core))], counts,
                times.Microseconds);
        }
    }
}
