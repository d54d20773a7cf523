using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using static Hedge.Host.Monitoring.MetricFamily;

namespace Hedge.Host.Monitoring;

/// <summary>Metrics of the server and its cores that redis-server has not.</summary>
internal static class CoreMetrics
{
    public const string Ready = "hedge_ready";

    private const double MicrosecondsPerSecond = 1e6;

    // Values below 1 µs, 2 µs, 4 µs … about a second, and all others.
    private const int TimeBuckets = 22;

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        Information("hedge_build_info", "Versions, and how the server talks to the kernel.",
            ("version", static _ => Server.HedgeVersion),
            ("dotnet_version", static _ => Environment.Version.ToString()),
            ("io", static f => f.Server.IoName)),
        Flag(Ready, "As /readyz: 1 when clients are served and may write.",
            static f => Health.Obstacle(f.Monitored) == null),
        Flag("hedge_writes_accepted", "0 while writes are refused (MISCONF, or a full disk).",
            static f => f.WriteObstacle == null),
        Gauge("hedge_container_memory_limit_bytes", "The memory limit of the control group; NaN for none.",
            static f => f.Server.Container?.MemoryBytes ?? double.NaN),
        Gauge("hedge_container_cpu_limit", "Its processor time in processors; NaN for no limit.",
            static f => f.Server.Container?.Cpus ?? double.NaN),
        Gauge("hedge_cores", "Threads that serve clients.", static f => f.Group.Count),
        Gauge("hedge_partitions", "Parts of the data.", static f => f.Server.PartitionCount),
        Gauge("hedge_partitions_failed", "Partitions that cannot be flushed or merged at present.",
            static f => f.Core.FailedPartitions),
        ByCore(MetricType.Counter, "hedge_core_turns_total", "Rounds of a core's loop.",
            static (f, core) => f.Statistics[core].Counters.Turns),
        ByCore(MetricType.Counter, "hedge_core_busy_seconds_total",
            "Time in those that had something to do: its rate is the core's busy share.",
            static (f, core) => f.Statistics[core].Counters.TurnMicroseconds / MicrosecondsPerSecond),
        ByCore(MetricType.Gauge, "hedge_core_last_turn_seconds", "How long ago a core's last turn began.",
            static (f, core) => Health.SecondsSinceTurn(f.Monitored, core)),
        ByCore(MetricType.Gauge, "hedge_core_clients", "Clients of a core.",
            static (f, core) => f.Statistics[core].Counters.ConnectedClients),
        ByCore(MetricType.Counter, "hedge_core_commands_total", "Commands run by a core.",
            static (f, core) => f.Statistics[core].Counters.CommandsProcessed),
        new MetricFamily("hedge_command_time_seconds", MetricType.Histogram,
            "Where the time of commands goes, by their family: waiting for their turn (queue), running "
            + "(cpu), waiting for the disk (disk, only those that did).",
            ["family", "part", "le"], CommandTimes),
        .. Work(),
        .. Runtime(),
    ];

    private static MetricFamily[] Work() =>
    [
        Counter("hedge_error_replies_total", "Error replies.", static f => f.Sum.ErrorReplies),
        Counter("hedge_reads_total", "Receives from clients' sockets.", static f => f.Sum.Receives),
        Counter("hedge_writes_total", "Sends to clients' sockets.", static f => f.Sum.Sends),
        Counter("hedge_commands_restarted_total", "Runs of commands that began again, for records on disk.",
            static f => f.Sum.CommandsRestarted),
        Counter("hedge_commands_forwarded_total", "Commands that another core ran.",
            static f => f.Sum.CommandsForwarded),
        Counter("hedge_transaction_pauses_total",
            "How often transactions waited, for records or their next turn.",
            static f => f.Sum.TransactionPauses),
        Counter("hedge_leases_total", "Commands for which a core took partitions of others.",
            static f => f.Sum.Leases),
        Counter("hedge_leases_withdrawn_total", "Leases given up for a busy script.",
            static f => f.Sum.LeasesWithdrawn),
        Counter("hedge_expired_fields_total", "Fields of hashes removed since their time was over.",
            static f => f.Sum.ExpiredFields),
        Gauge("hedge_watched_keys", "Keys that clients watch.", static f => f.Sum.WatchedKeys),
        Gauge("hedge_tracked_keys", "Keys of which clients keep copies; roughly.",
            static f => f.Group.Loops[0].Tracking.Keys),
        Gauge("hedge_pubsub_shard_channels", "Shard channels with subscribers.",
            static f => f.Sum.PubSubShardChannels),
        Gauge("hedge_scripts_cached", "Scripts that are remembered.", static f => f.Server.Scripts.Count),
        Gauge("hedge_functions", "Functions.", static f => f.Server.Functions.Current.FunctionCount),
    ];

    private static MetricFamily[] Runtime() =>
    [
        By(MetricType.Counter, "hedge_gc_collections_total", "generation",
            "Collections of the managed heap.", static _ => Enumerable.Range(0, GC.MaxGeneration + 1)
                .Select(i => (MetricText.Number(i), (double)GC.CollectionCount(i)))),
        Counter("hedge_gc_pause_seconds_total", "Time for which they stopped all threads.",
            static _ => GC.GetTotalPauseDuration().TotalSeconds),
        Counter("hedge_gc_allocated_bytes_total", "Managed memory allocated.",
            static _ => GC.GetTotalAllocatedBytes()),
    ];

    private static void CommandTimes(MetricText text, MonitoringFigures figures)
    {
        foreach ((string family, LatencySplit split) in figures.Families)
        {
            Part(text, family, "queue", split.Queue);
            Part(text, family, "cpu", split.Cpu);
            Part(text, family, "disk", split.Disk);
        }
    }

    private static void Part(MetricText text, string family, string part, LatencyHistogram histogram)
    {
        if (histogram.Total == 0) return;
        Span<long> counts = stackalloc long[TimeBuckets];
        counts.Clear();
        histogram.AddByPower(counts);
        text.Times("hedge_command_time_seconds", [("family", family), ("part", part)], counts,
            histogram.Microseconds);
    }
}
