using System.Globalization;
using Hedge.Host.Commands.Administration;
using Hedge.Host.Statistics;
using Hedge.Storage.Damages;
using Hedge.Storage.Partitions;
using static Hedge.Host.Monitoring.MetricFamily;

namespace Hedge.Host.Monitoring;

/// <summary>Metrics of what there is: memory by part, disk, runs, value files, log. As INFO storage has
/// them.</summary>
internal static class StorageMetrics
{
    private static readonly DamageKind[] Kinds = Enum.GetValues<DamageKind>();

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        By(MetricType.Gauge, "hedge_memory_bytes", "part", "Memory by what it is for; the parts of "
            + "redis_memory_used_bytes, and of clients and scripts, in native memory and the managed heap.",
            MemoryParts),
        Gauge("hedge_memory_budget_bytes", "maxmemory, or what stands for it.",
            static f => f.Memory.BudgetBytes),
        Gauge("hedge_dirty_record_bytes", "Records that are in no run yet.",
            static f => f.Sum.DirtyRecordBytes),
        .. Disk(),
        .. Damages(),
        .. Backups(),
        .. Runs(),
        .. ValueFiles(),
    ];

    /// <summary>Memory by part, in the order in which pages show it.</summary>
    public static IEnumerable<(string Part, double Bytes)> MemoryParts(MonitoringFigures figures)
    {
        CoreCounters sum = figures.Sum;
        return
        [
            ("records", sum.RecordBytes), ("tables", sum.TableBytes), ("filters", sum.FilterBytes),
            ("block_cache", sum.BlockCacheBytes), ("log_buffers", sum.LogBufferBytes),
            ("client_input", sum.ClientInputBytes), ("client_output", sum.ClientOutputBytes),
            ("script_machines", sum.ScriptMachineBytes), ("managed_heap", figures.Memory.ManagedBytes),
        ];
    }

    private static MetricFamily[] Damages() =>
    [
        By(MetricType.Counter, "hedge_damage_total", "kind", "Places in files that were found damaged since "
            + "the start: blocks of runs, values, files that are unreadable in part or missing.",
            static f => Kinds.Select(kind => (DamageNames.Of(kind), (double)f.Core.Damages.Found(kind)))),
        By(MetricType.Gauge, "hedge_damaged_places", "kind", "Those of them in files that are still in use.",
            static f => Kinds.Select(kind => (DamageNames.Of(kind), (double)f.Core.Damages.Present(kind)))),
    ];

    private static MetricFamily[] Disk() =>
    [
        Gauge("hedge_disk_used_bytes", "What the data directory takes on disk, as last counted.",
            static f => f.Disk.UsedBytes),
        Gauge("hedge_disk_max_bytes", "maxdisk; 0 for any number.", static f => f.Settings.MaxDiskBytes),
        Gauge("hedge_disk_free_bytes", "What its file system has free; NaN when that is not looked at "
            + "(disk-reserve 0).", static f => f.Disk.SystemFreeBytes ?? double.NaN),
        Gauge("hedge_disk_reserve_bytes", "disk-reserve.", static f => f.Settings.DiskReserveBytes),
        Gauge("hedge_disk_live_bytes", "Bytes of runs that belong to keys there are, estimated.",
            static f => f.Disk.LiveBytes),
        Flag("hedge_disk_full", "1 while writes are refused for want of space.",
            static f => f.Disk.IsFull),
        Flag("hedge_disk_holds_writers", "1 while writers wait since room is being made.",
            static f => f.Disk.HoldsWriters),
        Gauge("hedge_log_bytes", "Log files.", static f => f.Sum.LogBytes),
        Gauge("hedge_log_segments", "Segments of the logs.", static f => f.Sum.LogSegments),
        Gauge("hedge_garbage_files", "Run and value files that are to be deleted.",
            static f => f.Storage.GarbageFiles),
    ];

    private static MetricFamily[] Backups() =>
    [
        Flag("hedge_backup_in_progress", "1 during a backup.",
            static f => f.Server.LastBackup() is { IsOver: false }),
        Flag("hedge_backup_last_failed", "1 when the last backup failed.",
            static f => f.Server.LastBackup()?.Failure is not null),
        Gauge("hedge_backup_last_moment_timestamp_seconds", "Unix time of the last backup's data; 0 before "
            + "the first that succeeded since the start.",
            static f => f.Server.LastBackup() is { IsOver: true, Failure: null } last
                ? last.Milliseconds / 1000.0 : 0),
        Gauge("hedge_backup_last_bytes", "Bytes of the last backup.",
            static f => f.Server.LastBackup()?.Bytes ?? 0),
        Gauge("hedge_backup_last_new_bytes", "Bytes of it that no earlier backup has.",
            static f => f.Server.LastBackup()?.NewBytes ?? 0),
        Flag("hedge_backup_logs_enabled", "1 when logs are kept for backups.",
            static f => f.Server.Archive().IsOn),
        Flag("hedge_backup_logs_failing", "1 while they cannot be copied.",
            static f => f.Server.Archive().Failure is not null),
        Gauge("hedge_backup_logs_gaps", "Segments of them that were given up.",
            static f => f.Server.Archive().Gaps),
    ];

    private static MetricFamily[] Runs() =>
    [
        Gauge("hedge_runs", "Run files.", static f => f.Sum.Runs),
        Gauge("hedge_run_bytes", "Their bytes.", static f => f.Sum.RunBytes),
        Gauge("hedge_run_block_bytes", "Bytes of the data blocks in them.",
            static f => f.Sum.StoredBlockBytes),
        Gauge("hedge_run_block_uncompressed_bytes", "Bytes of these in memory.",
            static f => f.Sum.BlockBytes),
        Gauge("hedge_compression_ratio", "Bytes of data blocks in memory per byte on disk.",
            static f => f.Storage.CompressionRatio),
        ByTier("hedge_runs_by_size", "Run files of less than so many bytes that are in no level before.",
            static (tiers, i) => tiers.Runs(i)),
        ByTier("hedge_run_bytes_by_size", "Their bytes.", static (tiers, i) => tiers.Bytes(i)),
        By(MetricType.Gauge, "hedge_compaction_policy_partitions", "policy",
            "Partitions that are merged by a policy at present.", static f =>
            [
                ("tiered", f.Sum.TieredPartitions), ("leveled", f.Sum.LeveledPartitions),
                ("lazy", f.Sum.LazyPartitions),
            ]),
        Gauge("hedge_stored_bytes", "Keys and values that are stored, about.",
            static f => f.Sum.StoredBytes),
        Gauge("hedge_live_bytes", "Those of them that are neither replaced nor removed, about.",
            static f => f.Sum.LiveBytes),
        Gauge("hedge_waste_ratio", "The part of the stored keys and values that is replaced or removed.",
            static f => f.Storage.WasteRatio),
        Gauge("hedge_space_amplification", "Bytes of run files, value files and log per live byte.",
            static f => f.Storage.SpaceAmplification),
        Gauge("hedge_run_space_amplification", "Bytes of run files per live byte.",
            static f => f.Storage.RunSpaceAmplification),
        Gauge("hedge_unresolved_counts", "Changes of which is not known yet what they have replaced.",
            static f => f.Sum.UnresolvedCounts),
    ];

    private static MetricFamily[] ValueFiles() =>
    [
        Gauge("hedge_value_files", "Value files.", static f => f.Storage.ValueLog.Files),
        Gauge("hedge_value_file_bytes", "Their bytes.", static f => f.Storage.ValueLog.Bytes),
        Gauge("hedge_value_file_live_bytes", "Bytes of values in them that runs refer to.",
            static f => f.Storage.ValueLog.LiveBytes),
        Gauge("hedge_value_files_condemned", "Value files that merges are emptying.",
            static f => f.Storage.ValueLog.CondemnedFiles),
        Counter("hedge_values_moved_total", "Values moved out of such files.",
            static f => f.Storage.ValueLog.MovedValues),
        Counter("hedge_value_bytes_moved_total", "Their bytes.", static f => f.Storage.ValueLog.MovedBytes),
        Counter("hedge_value_files_deleted_total", "Value files given up.",
            static f => f.Storage.ValueLog.DeletedFiles),
    ];

    // A level is named by the size that its runs stay below.
    private static MetricFamily ByTier(string name, string help, Func<RunTiers, int, double> value) =>
        By(MetricType.Gauge, name, "below", help, figures => Enumerable.Range(0, RunTiers.Count)
            .Select(i => (EndOf(i), value(figures.Storage.Tiers, i))));

    /// <summary>The size that runs of a level stay below, in bytes; "+Inf" for the last.</summary>
    public static string EndOf(int tier) => tier == RunTiers.Count - 1
        ? "+Inf" : RunTiers.EndOf(tier).ToString(CultureInfo.InvariantCulture);
}
