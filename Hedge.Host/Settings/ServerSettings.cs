using Hedge.Host.Declarations;
using Hedge.Storage.Compactions;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Io.Tls;
using Hedge.Storage.Records;

namespace Hedge.Host.Settings;

/// <summary>
/// All settings at one moment. Immutable: a core reads it from <see cref="SettingStore.Current"/> once per
/// turn or command and sees values that belong together. Bytes and units are in the names.
/// </summary>
public sealed class ServerSettings
{
    /// <summary>The least memory that Hedge works with: a smaller maxmemory counts as this much.</summary>
    public const long MemoryBudgetMin = 2L << 20;

    // More than any machine has, and far enough from overflow for sums and multiples.
    private const long MemoryBudgetMax = 1L << 48;

    private const int ValueCopies = 3;
    private const long ScriptMemoryMin = 1 << 20;
    private const long SecondsPerMinute = 60;

    private readonly object[] _values;

    internal ServerSettings(object[] values)
    {
        _values = values;
        Network = NetworkSettings.Of(this);
        Metrics = NetworkSettings.MetricsOf(this);
        Tls = NetworkSettings.TlsOf(this);
        ProtectedMode = Get(SettingDeclarations.ProtectedMode);
        TcpKeepAliveSeconds = (int)Get(NetworkDeclarations.TcpKeepAlive);
        TimeoutSeconds = (int)Get(SettingDeclarations.Timeout);
        MaxClients = (int)Get(SettingDeclarations.MaxClients);
        RequirePass = Get(SettingDeclarations.RequirePass);
        Users = Get(AccessDeclarations.Users);
        string users = Get(AccessDeclarations.AclFile);
        AclFile = users.Length == 0 ? "" : Path.GetFullPath(users);
        AllowsChannels = Get(AccessDeclarations.AclPubSubDefault) == ChannelDefault.AllChannels;
        AclLogMaxLength = (int)Get(AccessDeclarations.AclLogMaxLength);
        OutputLimits = Get(SettingDeclarations.ClientOutputBufferLimit);
        ClientQueryBufferBytes = Get(SettingDeclarations.ClientQueryBufferLimit);
        ProtoMaxBulkLength = Get(SettingDeclarations.ProtoMaxBulkLength);
        DataDirectory = Path.GetFullPath(Get(SettingDeclarations.Directory));
        string transfers = Get(SettingDeclarations.TransferDirectory);
        TransferDirectory = transfers.Length == 0 ? "" : Path.GetFullPath(transfers, DataDirectory);
        string backups = Get(BackupDeclarations.Directory);
        BackupDirectory = backups.Length == 0 ? "" : Path.GetFullPath(backups, DataDirectory);
        BackupBytesPerSecond = Get(BackupDeclarations.Rate);
        BackupLogs = Get(BackupDeclarations.Logs);
        AppendFsync = Get(SettingDeclarations.AppendFsync);
        Databases = (int)Get(SettingDeclarations.Databases);
        Partitions = (int)Get(SettingDeclarations.Partitions);
        LogSegmentBytes = Get(SettingDeclarations.LogSegmentBytes);
        LogLoadTruncated = Get(SettingDeclarations.LogLoadTruncated);
        MaxMemoryBytes = Get(SettingDeclarations.MaxMemory);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        MemoryBudgetBytes = Math.Clamp(
            MaxMemoryBytes > 0 ? MaxMemoryBytes : available / 2, MemoryBudgetMin, MemoryBudgetMax);
        ClientBytesMax = ShareSetting.BytesOf(
            Get(EvictionDeclarations.MaxMemoryClients), MemoryBudgetBytes);
        ValueBytesMax = Math.Max((available - MemoryBudgetBytes) / ValueCopies, MemoryBudgetBytes / 4);
        MaxDiskBytes = Get(SettingDeclarations.MaxDisk);
        DiskReserveBytes = Get(SettingDeclarations.DiskReserve);
        MaxMemoryPolicy = Get(EvictionDeclarations.MaxMemoryPolicy);
        MaxMemorySamples = (int)Get(EvictionDeclarations.MaxMemorySamples);
        MemtableBytes = Get(SettingDeclarations.MemtableBytes);
        BlockCacheBytes = Get(SettingDeclarations.BlockCacheBytes);
        CompactionPolicy = Get(SettingDeclarations.CompactionPolicy);
        Compression = Get(SettingDeclarations.Compression);
        CompressionUpper = Get(SettingDeclarations.CompressionUpper);
        ValueLogThreshold = (int)Get(SettingDeclarations.ValueLogThreshold);
        Collections = new CollectionSettings(
            new ListpackLimits(Get(SettingDeclarations.HashMaxListpackEntries),
                Get(SettingDeclarations.HashMaxListpackValue)),
            new ListpackLimits(Get(SettingDeclarations.ZSetMaxListpackEntries),
                Get(SettingDeclarations.ZSetMaxListpackValue)),
            Get(SettingDeclarations.SetMaxIntsetEntries),
            (int)Get(SettingDeclarations.ListMaxListpackSize),
            new StreamNodeLimits(Get(SettingDeclarations.StreamNodeMaxBytes),
                Get(SettingDeclarations.StreamNodeMaxEntries)));
        HyperLogLogSparseBytesMax = Get(SettingDeclarations.HyperLogLogSparseMaxBytes);
        CollectionNodeBytes = (int)Get(SettingDeclarations.CollectionNodeBytes);
        BusyReplyThresholdMilliseconds = Get(SettingDeclarations.BusyReplyThreshold);
        long script = Get(SettingDeclarations.ScriptMemoryLimit);
        ScriptMemoryBytes = script > 0 ? Math.Clamp(script, ScriptMemoryMin, MemoryBudgetMax)
            : Math.Clamp(MemoryBudgetBytes / 4, 16 * ScriptMemoryMin, 512 * ScriptMemoryMin);
        Cores = (int)Get(SettingDeclarations.Cores);
        Io = Get(SettingDeclarations.Io);
        Hz = (int)Get(SettingDeclarations.Hz);
        NotifyKeyspaceEvents = Get(SettingDeclarations.NotifyKeyspaceEvents);
        SlowlogLogSlowerThanMicroseconds = Get(SettingDeclarations.SlowlogLogSlowerThan);
        SlowlogMaxLength = (int)Get(SettingDeclarations.SlowlogMaxLength);
        LatencyMonitorThresholdMilliseconds = Get(SettingDeclarations.LatencyMonitorThreshold);
        LatencyTracking = Get(SettingDeclarations.LatencyTracking);
        TrackingTableMaxKeys = Get(SettingDeclarations.TrackingTableMaxKeys);
        LogLevel = Get(SettingDeclarations.LogLevel);
        LogFile = Get(SettingDeclarations.LogFile);
        LogFormat = Get(SettingDeclarations.LogFormat);
        DebugCommand = Get(AccessDeclarations.DebugCommand);
        Renames = Get(AccessDeclarations.RenameCommand);
        ProtectedConfigs = Get(AccessDeclarations.ProtectedConfigs);
        LatencyPercentiles = Get(SettingDeclarations.LatencyPercentiles);
        DumpCompression = Get(SettingDeclarations.DumpCompression);
        Frequencies = new FrequencyRules(Get(EvictionDeclarations.LfuLogFactor),
            SecondsPerMinute * Get(EvictionDeclarations.LfuDecayTime));
        ExpiryEffort = (int)Get(EvictionDeclarations.ActiveExpireEffort);
        string pidFile = Get(ProcessDeclarations.PidFile);
        Process = new ProcessSettings(pidFile.Length == 0 ? "" : Path.GetFullPath(pidFile),
            Get(ProcessDeclarations.Supervised), Get(ProcessDeclarations.SyslogEnabled),
            Get(ProcessDeclarations.SyslogIdent), Get(ProcessDeclarations.SyslogFacility),
            Get(ProcessDeclarations.OomScoreAdjust), Get(ProcessDeclarations.OomScores)[0],
            Get(ProcessDeclarations.DisableHugePages), Get(ProcessDeclarations.ShutdownOnInterrupt),
            Get(ProcessDeclarations.ShutdownOnTerminate));
    }

    /// <summary>Everything as declared.</summary>
    public static ServerSettings Defaults { get; } =
        new([.. SettingDeclarations.All.Select(s => s.DefaultValue)]);

    /// <summary>busy-reply-threshold; 0 for never.</summary>
    public long BusyReplyThresholdMilliseconds { get; }

    /// <summary>script-memory-limit, or what it is by default.</summary>
    public long ScriptMemoryBytes { get; }

    /// <summary>Where to listen.</summary>
    public NetworkSettings Network { get; }

    /// <summary>metrics-….</summary>
    public MetricsSettings Metrics { get; }

    /// <summary>tls-….</summary>
    public TlsOptions Tls { get; }

    /// <summary>protected-mode.</summary>
    public bool ProtectedMode { get; }

    /// <summary>tcp-keepalive; 0 for none.</summary>
    public int TcpKeepAliveSeconds { get; }

    /// <summary>timeout; 0 for never.</summary>
    public int TimeoutSeconds { get; }

    /// <summary>maxclients.</summary>
    public int MaxClients { get; }

    /// <summary>requirepass; empty for none.</summary>
    public string RequirePass { get; }

    /// <summary>user: a line for each.</summary>
    public string Users { get; }

    /// <summary>aclfile, its full path; empty for none.</summary>
    public string AclFile { get; }

    /// <summary>acl-pubsub-default: a new user may use all channels.</summary>
    public bool AllowsChannels { get; }

    /// <summary>acllog-max-len.</summary>
    public int AclLogMaxLength { get; }

    /// <summary>client-output-buffer-limit.</summary>
    public OutputLimits OutputLimits { get; }

    /// <summary>client-query-buffer-limit.</summary>
    public long ClientQueryBufferBytes { get; }

    /// <summary>The longest value that there is memory for: while it is written it stands as an argument, as
    /// a record and in the log beside what the budget covers.</summary>
    public long ValueBytesMax { get; }

    /// <summary>proto-max-bulk-len.</summary>
    public long ProtoMaxBulkLength { get; }

    /// <summary>dir, as a full path.</summary>
    public string DataDirectory { get; }

    /// <summary>transfer-dir, as a full path; empty for none.</summary>
    public string TransferDirectory { get; }

    /// <summary>backup-dir, as a full path; empty for none.</summary>
    public string BackupDirectory { get; }

    /// <summary>backup-rate; 0 for any number of bytes.</summary>
    public long BackupBytesPerSecond { get; }

    /// <summary>backup-logs.</summary>
    public bool BackupLogs { get; }

    /// <summary>appendfsync.</summary>
    public AppendFsync AppendFsync { get; }

    /// <summary>databases.</summary>
    public int Databases { get; }

    /// <summary>partitions, for a new data directory.</summary>
    public int Partitions { get; }

    /// <summary>log-segment-bytes.</summary>
    public long LogSegmentBytes { get; }

    /// <summary>log-load-truncated.</summary>
    public bool LogLoadTruncated { get; }

    /// <summary>maxmemory as set; 0 for automatic.</summary>
    public long MaxMemoryBytes { get; }

    /// <summary>What maxmemory comes to: itself, or half of what the runtime takes to be there (all memory,
    /// or three quarters of a container's limit), but at least <see cref="MemoryBudgetMin"/>.</summary>
    public long MemoryBudgetBytes { get; }

    /// <summary>maxmemory-clients in bytes; 0 for no limit.</summary>
    public long ClientBytesMax { get; }

    /// <summary>maxdisk; 0 for any number.</summary>
    public long MaxDiskBytes { get; }

    /// <summary>disk-reserve; 0 for none.</summary>
    public long DiskReserveBytes { get; }

    /// <summary>maxmemory-policy.</summary>
    public EvictionPolicy MaxMemoryPolicy { get; }

    /// <summary>maxmemory-samples.</summary>
    public int MaxMemorySamples { get; }

    /// <summary>True when the policy goes by how often keys are used.</summary>
    public bool CountsFrequency => MaxMemoryPolicy is EvictionPolicy.AllKeysLfu or EvictionPolicy.VolatileLfu;

    /// <summary>memtable-bytes, per partition.</summary>
    public long MemtableBytes { get; }

    /// <summary>block-cache-bytes, over all cores.</summary>
    public long BlockCacheBytes { get; }

    /// <summary>compaction-policy.</summary>
    public CompactionPolicy CompactionPolicy { get; }

    /// <summary>compression.</summary>
    public BlockCompression Compression { get; }

    /// <summary>compression-upper.</summary>
    public BlockCompression CompressionUpper { get; }

    /// <summary>value-log-threshold.</summary>
    public int ValueLogThreshold { get; }

    /// <summary>How collections are shown.</summary>
    public CollectionSettings Collections { get; }

    /// <summary>hll-sparse-max-bytes.</summary>
    public long HyperLogLogSparseBytesMax { get; }

    /// <summary>collection-node-bytes.</summary>
    public int CollectionNodeBytes { get; }

    /// <summary>cores.</summary>
    public int Cores { get; }

    /// <summary>io.</summary>
    public IoMode Io { get; }

    /// <summary>hz.</summary>
    public int Hz { get; }

    /// <summary>notify-keyspace-events.</summary>
    public KeyspaceEvents NotifyKeyspaceEvents { get; }

    /// <summary>slowlog-log-slower-than; 0 for all commands, -1 for none.</summary>
    public long SlowlogLogSlowerThanMicroseconds { get; }

    /// <summary>slowlog-max-len.</summary>
    public int SlowlogMaxLength { get; }

    /// <summary>latency-monitor-threshold; 0 for never.</summary>
    public long LatencyMonitorThresholdMilliseconds { get; }

    /// <summary>latency-tracking.</summary>
    public bool LatencyTracking { get; }

    /// <summary>tracking-table-max-keys; 0 for any number.</summary>
    public long TrackingTableMaxKeys { get; }

    /// <summary>loglevel.</summary>
    public LogLevel LogLevel { get; }

    /// <summary>logfile; empty for standard output.</summary>
    public string LogFile { get; }

    /// <summary>log-format.</summary>
    public LogFormat LogFormat { get; }

    /// <summary>enable-debug-command.</summary>
    public Permission DebugCommand { get; }

    /// <summary>rename-command, in the order in which they are to be done.</summary>
    public IReadOnlyList<CommandRename> Renames { get; }

    /// <summary>enable-protected-configs.</summary>
    public Permission ProtectedConfigs { get; }

    /// <summary>latency-tracking-info-percentiles.</summary>
    public IReadOnlyList<double> LatencyPercentiles { get; }

    /// <summary>rdbcompression.</summary>
    public bool DumpCompression { get; }

    /// <summary>lfu-log-factor, lfu-decay-time.</summary>
    public FrequencyRules Frequencies { get; }

    /// <summary>active-expire-effort.</summary>
    public int ExpiryEffort { get; }

    /// <summary>What the process does besides serving.</summary>
    public ProcessSettings Process { get; }

    /// <summary>The value of a setting as CONFIG GET shows it.</summary>
    public string Text(Setting setting) =>
        setting == SettingDeclarations.Directory ? DataDirectory : setting.Format(_values[setting.Index]);

    internal object Value(Setting setting) => _values[setting.Index];

    internal object[] CopyValues() => [.. _values];

    internal T Get<T>(Setting<T> setting) where T : notnull => (T)_values[setting.Index];
}
