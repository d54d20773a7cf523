using Hedge.Host.Commands.Administration;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using static Hedge.Host.Monitoring.MetricFamily;

namespace Hedge.Host.Monitoring;

/// <summary>What redis_exporter (github.com/oliver006/redis_exporter) tells of redis-server, under its names:
/// dashboards and alerts that go by them work.</summary>
internal static class RedisMetrics
{
    public const string Up = "redis_up";
    public const string Loading = "redis_loading_dump_file";

    private const double Milliseconds = 1000;

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        // Server.
        Flag(Up, "1 when clients are served.", static f => f.Monitored.Phase == ServerPhase.Serving),
        Flag(Loading, "1 while the data are being loaded.",
            static f => f.Monitored.Phase == ServerPhase.Starting),
        Information("redis_instance_info",
            "What the server is; redis_version is the one whose behaviour it has.",
            ("role", static _ => "master"),
            ("redis_version", static _ => RedisVersion.Text),
            ("redis_build_id", static _ => "0"),
            ("redis_mode", static _ => "standalone"),
            ("os", static _ => InfoServer.SystemName()),
            ("maxmemory_policy", static f => f.Settings.Text(EvictionDeclarations.MaxMemoryPolicy)),
            ("tcp_port", static f => MetricText.Number(InfoServer.PortOf(f.Server))),
            ("run_id", static f => f.Server.RunId),
            ("process_id", static _ => MetricText.Number(Environment.ProcessId)),
            ("master_replid", static f => f.Server.RunId)),
        Gauge("redis_start_time_seconds", "When the server started, Unix time.",
            static f => f.Server.StartedMilliseconds / Milliseconds),
        Gauge("redis_uptime_in_seconds", "Since the server started.", static f => f.UptimeSeconds),
        Gauge("redis_process_id", "The process's number.", static _ => Environment.ProcessId),
        Counter("redis_cpu_sys_seconds_total", "Processor time of all threads, in the kernel.",
            static _ => Environment.CpuUsage.PrivilegedTime.TotalSeconds),
        Counter("redis_cpu_user_seconds_total", "Processor time of all threads, outside of it.",
            static _ => Environment.CpuUsage.UserTime.TotalSeconds),
        .. Clients(),
        .. Memory(),
        .. Persistence(),
        .. Activity(),
    ];

    private static MetricFamily[] Clients() =>
    [
        Gauge("redis_connected_clients", "Connected clients.", static f => f.Server.Clients.Count),
        Gauge("redis_config_maxclients", "maxclients.", static f => f.Settings.MaxClients),
        Gauge("redis_blocked_clients", "Clients that wait in a blocking command or a pause.",
            static f => f.Sum.BlockedClients),
        Gauge("redis_tracking_clients", "Clients that keep copies (CLIENT TRACKING).",
            static f => f.Group.Loops[0].Tracking.Clients),
        Gauge("redis_pubsub_clients", "Clients with subscriptions.", static f => f.Sum.PubSubClients),
        Gauge("redis_client_recent_max_input_buffer_bytes", "The largest buffer of a client's requests.",
            static f => f.Statistics.Max(c => c.Counters.LargestClientInputBytes)),
        Gauge("redis_client_recent_max_output_buffer_bytes", "The largest buffer of a client's replies.",
            static f => f.Statistics.Max(c => c.Counters.LargestClientOutputBytes)),
        Gauge("redis_connected_slaves", "Replicas; there are none.", static _ => 0),
    ];

    private static MetricFamily[] Memory() =>
    [
        Gauge("redis_memory_used_bytes", "Memory in use; never more than is resident.",
            static f => f.Memory.UsedBytes),
        Gauge("redis_memory_used_rss_bytes", "Resident memory.", static f => f.Memory.ResidentBytes),
        Gauge("redis_memory_used_peak_bytes", "The most memory in use that was seen.",
            static f => f.Memory.PeakBytes),
        Gauge("redis_memory_used_overhead_bytes", "Memory in use that holds no keys and values.",
            static f => f.Memory.OverheadBytes),
        Gauge("redis_memory_used_startup_bytes", "Memory in use when the server began to listen.",
            static f => f.Memory.StartupBytes),
        Gauge("redis_memory_used_dataset_bytes", "Memory that holds keys and values.",
            static f => f.Memory.DatasetBytes),
        Gauge("redis_memory_used_lua_bytes", "Memory of the machines that run scripts.",
            static f => f.Memory.ScriptMachineBytes),
        Gauge("redis_memory_used_scripts_bytes", "Memory of scripts and functions.",
            static f => f.Server.Scripts.Bytes + f.Server.Functions.Current.Bytes),
        Gauge("redis_memory_max_bytes", "maxmemory, or what stands for it.",
            static f => f.Memory.BudgetBytes),
        Gauge("redis_mem_clients_normal", "Memory of clients, in bytes.", static f => f.Memory.ClientBytes),
        Gauge("redis_mem_fragmentation_ratio", "Resident memory per byte in use.",
            static f => f.Memory.FragmentationRatio),
        Gauge("redis_mem_fragmentation_bytes", "Resident memory beyond what is in use.",
            static f => f.Memory.FragmentationBytes),
        Gauge("redis_total_system_memory_bytes", "Memory that the machine or the container has.",
            static _ => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
    ];

    private static MetricFamily[] Persistence() =>
    [
        Gauge("redis_rdb_changes_since_last_save", "Changes since the last checkpoint (SAVE, BGSAVE).",
            static f => f.Sum.ChangesSinceCheckpoint),
        Flag("redis_rdb_bgsave_in_progress", "1 during a checkpoint.",
            static f => f.Server.Checkpoints.InProgress),
        Gauge("redis_rdb_last_save_timestamp_seconds", "When the last checkpoint ended, Unix time.",
            static f => f.Server.Checkpoints.LastSaveSeconds),
        Flag("redis_rdb_last_bgsave_status",
            "0 when the last checkpoint failed, or a partition cannot be flushed.",
            static f => !f.Server.Checkpoints.LastFailed && f.Core.PartitionFailure == null
                && f.Core.DirectoryFailure == null),
        Gauge("redis_rdb_last_bgsave_duration_sec", "How long it took; -1 before the first.",
            static f => f.Server.Checkpoints.LastDurationSeconds),
        Gauge("redis_aof_enabled", "1: there always is a log.", static _ => 1),
        Flag("redis_aof_last_write_status", "0 while the log cannot be written.",
            static f => f.Server.WriteFailure == null && f.Core.DirectoryFailure == null
                && f.Disk is not { IsFull: true, IsSystem: true }),
        Gauge("redis_aof_current_size_bytes", "Log files.", static f => f.Sum.LogBytes),
        Gauge("redis_aof_buffer_length", "Memory of log buffers, in bytes.",
            static f => f.Sum.LogBufferBytes),
    ];

    private static MetricFamily[] Activity() =>
    [
        Counter("redis_connections_received_total", "Connections accepted.",
            static f => f.Sum.ConnectionsAccepted),
        Counter("redis_rejected_connections_total", "Connections refused.",
            static f => f.Sum.ConnectionsRejected),
        Counter("redis_evicted_clients_total", "Clients disconnected for memory (maxmemory-clients).",
            static f => f.Sum.ClientsEvicted),
        Counter("redis_client_query_buffer_limit_disconnections_total",
            "Clients disconnected for too long a request.", static f => f.Sum.QueryLimitDisconnections),
        Counter("redis_client_output_buffer_limit_disconnections_total",
            "Clients disconnected for replies they did not read.",
            static f => f.Sum.OutputLimitDisconnections),
        Counter("redis_commands_processed_total", "Commands run.", static f => f.Sum.CommandsProcessed),
        Gauge("redis_instantaneous_ops_per_sec", "Commands a second, over the last seconds.",
            static f => f.Statistics.Sum(c => c.Rates.Commands)),
        Counter("redis_net_input_bytes_total", "Bytes received from clients.",
            static f => f.Sum.BytesReceived),
        Counter("redis_net_output_bytes_total", "Bytes sent to clients.", static f => f.Sum.BytesSent),
        Counter("redis_expired_keys_total", "Keys removed since their time was over.",
            static f => f.Sum.ExpiredKeys),
        Counter("redis_evicted_keys_total", "Keys deleted since maxdisk was reached.",
            static f => f.Sum.EvictedKeys),
        Counter("redis_keyspace_hits_total", "Look-ups of keys that were there.",
            static f => f.Sum.KeyspaceHits),
        Counter("redis_keyspace_misses_total", "Look-ups of keys that were not.",
            static f => f.Sum.KeyspaceMisses),
        Gauge("redis_pubsub_channels", "Channels with subscribers.", static f => f.Sum.PubSubChannels),
        Gauge("redis_pubsub_patterns", "Patterns with subscribers.", static f => f.Sum.PubSubPatterns),
        Counter("redis_acl_access_denied_auth_total", "Wrong passwords.",
            static f => f.Server.AclLog.DeniedLogins),
        Counter("redis_acl_access_denied_cmd_total", "Commands that a user may not run.",
            static f => f.Server.AclLog.DeniedCommands),
        Counter("redis_acl_access_denied_key_total", "Keys that a user may not use.",
            static f => f.Server.AclLog.DeniedKeys),
        Counter("redis_acl_access_denied_channel_total", "Channels that a user may not use.",
            static f => f.Server.AclLog.DeniedChannels),
        Gauge("redis_slowlog_length", "Entries of the slow log.", static f => Math.Min(
            f.Settings.SlowlogMaxLength, f.Statistics.Sum(c => c.SlowLog.Entries.Count))),
        Gauge("redis_slowlog_last_id", "Number of its last entry; 0 before the first.",
            static f => Math.Max(0, f.Statistics.LastSlowLogId)),
    ];
}
