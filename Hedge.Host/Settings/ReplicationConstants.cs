namespace Hedge.Host.Settings;

/// <summary>Settings of replication: those of a lone primary.</summary>
internal static class ReplicationConstants
{
    private const string NoReplicas = "There is no replication: the server is always a lone primary.";

    public static readonly ConstantSetting Replicaof = new("replicaof", "")
    {
        Alias = "slaveof",
        Summary = NoReplicas,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting Masterauth = new("masterauth", "")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting Masteruser = new("masteruser", "")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaServeStaleData = new("replica-serve-stale-data", "yes")
    {
        Alias = "slave-serve-stale-data",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaReadOnly = new("replica-read-only", "yes")
    {
        Alias = "slave-read-only",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaIgnoreMaxmemory = new("replica-ignore-maxmemory", "yes")
    {
        Alias = "slave-ignore-maxmemory",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaLazyFlush = new("replica-lazy-flush", "no")
    {
        Alias = "slave-lazy-flush",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaPriority = new("replica-priority", "100")
    {
        Alias = "slave-priority",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaAnnounced = new("replica-announced", "yes")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaAnnounceIp = new("replica-announce-ip", "")
    {
        Alias = "slave-announce-ip",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaAnnouncePort = new("replica-announce-port", "0")
    {
        Alias = "slave-announce-port",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplicaIgnoreDiskWriteErrors = new(
        "replica-ignore-disk-write-errors", "no")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting MinReplicasToWrite = new("min-replicas-to-write", "0")
    {
        Alias = "min-slaves-to-write",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting MinReplicasMaxLag = new("min-replicas-max-lag", "10")
    {
        Alias = "min-slaves-max-lag",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplPingReplicaPeriod = new("repl-ping-replica-period", "10")
    {
        Alias = "repl-ping-slave-period",
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplTimeout = new("repl-timeout", "60")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplBacklogSize = new("repl-backlog-size", "1048576")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplBacklogTtl = new("repl-backlog-ttl", "3600")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplDisableTcpNodelay = new("repl-disable-tcp-nodelay", "no")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplDisklessSync = new("repl-diskless-sync", "yes")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplDisklessSyncDelay = new("repl-diskless-sync-delay", "5")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplDisklessSyncMaxReplicas = new(
        "repl-diskless-sync-max-replicas", "0")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ReplDisklessLoad = new("repl-diskless-load", "disabled")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting PropagationErrorBehavior = new("propagation-error-behavior",
        "ignore")
    {
        Summary = NoReplicas,
    };

    public static readonly ConstantSetting ShutdownTimeout = new("shutdown-timeout", "10")
    {
        Summary = NoReplicas,
    };
}
