namespace Hedge.Host.Settings;

/// <summary>Settings of cluster mode: as they are without it.</summary>
internal static class ClusterConstants
{
    private const string NoCluster = "Cluster mode is not there.";

    public static readonly ConstantSetting ClusterEnabled = new("cluster-enabled", "no")
    {
        Summary = NoCluster,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting ClusterPort = new("cluster-port", "0")
    {
        Summary = NoCluster,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting ClusterConfigFile = new("cluster-config-file", "nodes.conf")
    {
        Summary = NoCluster,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting ClusterNodeTimeout = new("cluster-node-timeout", "15000")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnounceIp = new("cluster-announce-ip", "")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnounceHostname = new("cluster-announce-hostname", "")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnounceHumanNodename = new(
        "cluster-announce-human-nodename", "")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnouncePort = new("cluster-announce-port", "0")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnounceTlsPort = new("cluster-announce-tls-port", "0")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAnnounceBusPort = new("cluster-announce-bus-port", "0")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterPreferredEndpointType = new(
        "cluster-preferred-endpoint-type", "ip")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterRequireFullCoverage = new("cluster-require-full-coverage",
        "yes")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterReplicaValidityFactor = new(
        "cluster-replica-validity-factor", "10")
    {
        Alias = "cluster-slave-validity-factor",
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterReplicaNoFailover = new("cluster-replica-no-failover", "no")
    {
        Alias = "cluster-slave-no-failover",
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAllowReplicaMigration = new(
        "cluster-allow-replica-migration", "yes")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterMigrationBarrier = new("cluster-migration-barrier", "1")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAllowReadsWhenDown = new("cluster-allow-reads-when-down",
        "no")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterAllowPubsubshardWhenDown = new(
        "cluster-allow-pubsubshard-when-down", "yes")
    {
        Summary = NoCluster,
    };

    public static readonly ConstantSetting ClusterLinkSendbufLimit = new("cluster-link-sendbuf-limit", "0")
    {
        Summary = NoCluster,
    };
}
