using System.Globalization;
using Hedge.Host.Access;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

/// <summary>INFO's sections on what was done: stats, commandstats, errorstats, latencystats.</summary>
internal static class InfoActivity
{
    private const double BytesPerKilobyte = 1024;
    private static readonly double[] SplitPercentiles = [50, 99, 99.9];

    public static void Stats(CommandContext context, InfoText text)
    {
        ServerStatistics all = context.Server.Statistics;
        text.Line("total_connections_received", all.Sum(c => c.Counters.ConnectionsAccepted));
        text.Line("total_commands_processed", all.Sum(c => c.Counters.CommandsProcessed));
        text.Line("instantaneous_ops_per_sec", all.Sum(c => c.Rates.Commands));
        text.Line("total_net_input_bytes", all.Sum(c => c.Counters.BytesReceived));
        text.Line("total_net_output_bytes", all.Sum(c => c.Counters.BytesSent));
        text.Line("total_net_repl_input_bytes", 0);
        text.Line("total_net_repl_output_bytes", 0);
        text.Line("instantaneous_input_kbps", all.Sum(c => c.Rates.BytesReceived) / BytesPerKilobyte);
        text.Line("instantaneous_output_kbps", all.Sum(c => c.Rates.BytesSent) / BytesPerKilobyte);
        text.Line("instantaneous_input_repl_kbps", 0.0);
        text.Line("instantaneous_output_repl_kbps", 0.0);
        text.Line("rejected_connections", all.Sum(c => c.Counters.ConnectionsRejected));
        text.Line("sync_full", 0);
        text.Line("sync_partial_ok", 0);
        text.Line("sync_partial_err", 0);
        text.Line("expired_keys", all.Sum(c => c.Counters.ExpiredKeys));
        text.Line("expired_subkeys", all.Sum(c => c.Counters.ExpiredFields));
        text.Line("expired_stale_perc", 0.0);
        text.Line("expired_time_cap_reached_count", 0);
        text.Line("expire_cycle_cpu_milliseconds", 0);
        text.Line("evicted_keys", all.Sum(c => c.Counters.EvictedKeys));
        text.Line("evicted_clients", all.Sum(c => c.Counters.ClientsEvicted));
        text.Line("total_eviction_exceeded_time", 0);
        text.Line("current_eviction_exceeded_time", 0);
        text.Line("keyspace_hits", all.Sum(c => c.Counters.KeyspaceHits));
        text.Line("keyspace_misses", all.Sum(c => c.Counters.KeyspaceMisses));
        text.Line("pubsub_channels", all.Sum(c => c.Counters.PubSubChannels));
        text.Line("pubsub_patterns", all.Sum(c => c.Counters.PubSubPatterns));
        text.Line("pubsubshard_channels", all.Sum(c => c.Counters.PubSubShardChannels));
        text.Line("latest_fork_usec", 0);
        text.Line("total_forks", 0);
        text.Line("migrate_cached_sockets", 0);
        text.Line("slave_expires_tracked_keys", 0);
        text.Line("active_defrag_hits", 0);
        text.Line("active_defrag_misses", 0);
        text.Line("active_defrag_key_hits", 0);
        text.Line("active_defrag_key_misses", 0);
        text.Line("total_active_defrag_time", 0);
        text.Line("current_active_defrag_time", 0);
        text.Line("tracking_total_keys", context.Tracking?.Keys ?? 0);
        text.Line("tracking_total_items", context.Tracking?.Readings ?? 0);
        text.Line("tracking_total_prefixes", context.Tracking?.Prefixes ?? 0);
        Replies(context, text);
    }

    private static void Replies(CommandContext context, InfoText text)
    {
        ServerStatistics all = context.Server.Statistics;
        text.Line("unexpected_error_replies", 0);
        text.Line("total_error_replies", all.Sum(c => c.Counters.ErrorReplies));
        text.Line("dump_payload_sanitizations", 0);
        text.Line("total_reads_processed", all.Sum(c => c.Counters.Receives));
        text.Line("total_writes_processed", all.Sum(c => c.Counters.Sends));
        text.Line("io_threaded_reads_processed", 0);
        text.Line("io_threaded_writes_processed", 0);
        text.Line("reply_buffer_shrinks", 0);
        text.Line("reply_buffer_expands", 0);
        text.Line("client_query_buffer_limit_disconnections",
            all.Sum(c => c.Counters.QueryLimitDisconnections));
        text.Line("client_output_buffer_limit_disconnections",
            all.Sum(c => c.Counters.OutputLimitDisconnections));
        AclLog denials = context.Server.AclLog;
        text.Line("acl_access_denied_auth", denials.DeniedLogins);
        text.Line("acl_access_denied_cmd", denials.DeniedCommands);
        text.Line("acl_access_denied_key", denials.DeniedKeys);
        text.Line("acl_access_denied_channel", denials.DeniedChannels);
        text.Line("hedge_managed_allocated_bytes", GC.GetTotalAllocatedBytes());
        text.Line("commands_restarted", all.Sum(c => c.Counters.CommandsRestarted));
        text.Line("transaction_pauses", all.Sum(c => c.Counters.TransactionPauses));
        text.Line("commands_forwarded", all.Sum(c => c.Counters.CommandsForwarded));
        text.Line("leases", all.Sum(c => c.Counters.Leases));
        text.Line("leases_withdrawn", all.Sum(c => c.Counters.LeasesWithdrawn));
        text.Line("eventloop_cycles", all.Sum(c => c.Counters.Turns));
        text.Line("eventloop_duration_sum", all.Sum(c => c.Counters.TurnMicroseconds));
    }

    public static void CommandStats(CommandContext context, InfoText text)
    {
        foreach (Command command in context.Server.Commands.All)
        {
            CommandFigures figures = context.Server.Statistics.Sum(command);
            if (figures.Calls + figures.Rejected + figures.Failed == 0) continue;
            double mean = figures.Calls == 0 ? 0 : (double)figures.Microseconds / figures.Calls;
            text.Line("cmdstat_" + CommandNames.Lower(command), string.Create(CultureInfo.InvariantCulture,
                $"calls={figures.Calls},usec={figures.Microseconds},usec_per_call={mean:0.00},")
                + string.Create(CultureInfo.InvariantCulture,
                $"rejected_calls={figures.Rejected},failed_calls={figures.Failed}"));
        }
    }

    public static void ErrorStats(CommandContext context, InfoText text)
    {
        foreach ((string code, long number) in context.Server.Statistics.Errors())
            text.Line("errorstat_" + code, string.Create(CultureInfo.InvariantCulture, $"count={number}"));
    }

    public static void LatencyStats(CommandContext context, InfoText text)
    {
        IReadOnlyList<double> shown = context.Server.Settings.Current.LatencyPercentiles;
        foreach (Command command in context.Server.Commands.All)
        {
            if (context.Server.Statistics.Sum(command).Histogram is not { Total: > 0 } histogram) continue;
            text.Line("latency_percentiles_usec_" + CommandNames.Lower(command),
                Percentiles(histogram, shown));
        }
    }

    public static void LatencySplit(CommandContext context, InfoText text)
    {
        foreach ((string family, LatencySplit split) in context.Server.Statistics.Families())
        {
            Part(text, family, "queue", split.Queue);
            Part(text, family, "cpu", split.Cpu);
            Part(text, family, "disk", split.Disk);
        }
    }

    private static void Part(InfoText text, string family, string part, LatencyHistogram histogram)
    {
        if (histogram.Total == 0) return;
        text.Line($"latency_split_usec_{family}_{part}", string.Create(CultureInfo.InvariantCulture,
            $"calls={histogram.Total},{Percentiles(histogram, SplitPercentiles)}"));
    }

    private static string Percentiles(LatencyHistogram histogram, IReadOnlyList<double> shown) =>
        string.Join(',', shown.Select(p => string.Create(CultureInfo.InvariantCulture,
            $"p{PercentilesSetting.Text(p)}={histogram.Percentile(p)}.000")));
}
