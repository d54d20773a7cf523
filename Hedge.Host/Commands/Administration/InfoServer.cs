using System.Globalization;
using System.Runtime.InteropServices;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

/// <summary>INFO's sections on the process: server, clients, replication, CPU.</summary>
internal static class InfoServer
{
    private const long SecondsPerDay = 86_400;

    public static void Server(CommandContext context, InfoText text)
    {
        Server server = context.Server;
        ServerSettings settings = server.Settings.Current;
        long uptime = Math.Max(0, context.NowMilliseconds - server.StartedMilliseconds) / 1000;
        text.Line("redis_version", Servers.Server.RedisVersion);
        text.Line("redis_git_sha1", "00000000");
        text.Line("redis_git_dirty", 0);
        text.Line("redis_build_id", "0");
        text.Line("redis_mode", "standalone");
        text.Line("hedge_version", Servers.Server.HedgeVersion);
        text.Line("os", SystemName());
        text.Line("arch_bits", IntPtr.Size * 8);
        text.Line("monotonic_clock", "POSIX clock_gettime");
        text.Line("multiplexing_api", server.IoName);
        text.Line("dotnet_version", Environment.Version.ToString());
        text.Line("process_id", Environment.ProcessId);
        text.Line("process_supervised", server.IsSupervised ? "systemd" : "no");
        text.Line("run_id", server.RunId);
        text.Line("tcp_port", PortOf(server));
        text.Line("server_time_usec", context.Clock.UnixMicroseconds);
        text.Line("uptime_in_seconds", uptime);
        text.Line("uptime_in_days", uptime / SecondsPerDay);
        text.Line("hz", settings.Hz);
        text.Line("configured_hz", settings.Hz);
        text.Line("lru_clock", context.NowMilliseconds / 1000 & 0xFFFFFF);
        text.Line("executable", Environment.ProcessPath ?? "");
        text.Line("config_file", server.Settings.ConfigFile ?? "");
        text.Line("io_threads_active", 0);
        int listener = 0;
        foreach (string kind in Listeners(settings.Network)) text.Line($"listener{listener++}", kind);
        text.Line("cores", settings.Cores);
        text.Line("container_memory_limit", server.Container?.MemoryBytes ?? 0);
        text.Line("container_cpu_limit", server.Container?.Cpus ?? 0);
        text.Line("partitions", server.PartitionCount);
    }

    /// <summary>The port that clients are told of.</summary>
    internal static int PortOf(Server server)
    {
        NetworkSettings network = server.Settings.Current.Network;
        if (server.BoundPort > 0) return server.BoundPort;
        return network.TlsPort > 0 ? network.TlsPort : network.Port;
    }

    private static IEnumerable<string> Listeners(NetworkSettings network)
    {
        IEnumerable<string> addresses = NetworkDeclarations.Bind.Format(network.Bind).Split(' ');
        string bind = string.Concat(addresses.Select(static address => $",bind={address}"));
        if (network.HasPort) yield return $"name=tcp{bind},port={network.Port}";
        if (network.UnixSocket.Length > 0) yield return $"name=unix,bind={network.UnixSocket}";
        if (network.TlsPort > 0) yield return $"name=tls{bind},port={network.TlsPort}";
    }

    public static void Clients(CommandContext context, InfoText text)
    {
        ServerStatistics statistics = context.Server.Statistics;
        text.Line("connected_clients", context.Server.Clients.Count);
        text.Line("cluster_connections", 0);
        text.Line("maxclients", context.Server.Settings.Current.MaxClients);
        text.Line("client_recent_max_input_buffer", statistics.Max(c => c.Counters.LargestClientInputBytes));
        text.Line("client_recent_max_output_buffer",
            statistics.Max(c => c.Counters.LargestClientOutputBytes));
        text.Line("blocked_clients", statistics.Sum(c => c.Counters.BlockedClients));
        text.Line("tracking_clients", context.Tracking?.Clients ?? 0);
        text.Line("clients_in_timeout_table", 0);
        text.Line("pubsub_clients", statistics.Sum(c => c.Counters.PubSubClients));
        text.Line("total_watched_keys", statistics.Sum(c => c.Counters.WatchedKeys));
    }

    public static void Replication(CommandContext context, InfoText text)
    {
        text.Line("role", "master");
        text.Line("connected_slaves", 0);
        text.Line("master_failover_state", "no-failover");
        text.Line("master_replid", context.Server.RunId);
        text.Line("master_replid2", new string('0', 40));
        text.Line("master_repl_offset", 0);
        text.Line("second_repl_offset", -1);
        text.Line("repl_backlog_active", 0);
        text.Line("repl_backlog_size", 0);
        text.Line("repl_backlog_first_byte_offset", 0);
        text.Line("repl_backlog_histlen", 0);
    }

    public static void Cpu(CommandContext context, InfoText text)
    {
        Environment.ProcessCpuUsage usage = Environment.CpuUsage;
        text.Line("used_cpu_sys", Seconds(usage.PrivilegedTime));
        text.Line("used_cpu_user", Seconds(usage.UserTime));
        text.Line("used_cpu_sys_children", Seconds(default));
        text.Line("used_cpu_user_children", Seconds(default));
    }

    /// <summary>"Linux 6.1.0 x86_64".</summary>
    internal static string SystemName() => $"Linux {Environment.OSVersion.Version} {Architecture()}";

    private static string Architecture() =>
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? "aarch64" : "x86_64";

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);
}
