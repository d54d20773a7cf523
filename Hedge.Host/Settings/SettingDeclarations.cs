using System.Reflection;
using Hedge.Storage.Compactions;
using Hedge.Storage.Io.Compressions;

namespace Hedge.Host.Settings;

/// <summary>Every setting, declared once.</summary>
internal static class SettingDeclarations
{
    private const long Kilobyte = 1024;
    private const long Megabyte = 1024 * Kilobyte;
    private const long Gigabyte = 1024 * Megabyte;

    // Clients.
    public static readonly BooleanSetting ProtectedMode = new("protected-mode", true)
    {
        Summary = "Without a password only clients of this machine (127.0.0.0/8, ::1) are served.",
    };

    public static readonly IntegerSetting Timeout = new("timeout", 0, 0, int.MaxValue)
    {
        Summary = "Seconds after which an idle client is disconnected; 0 for never.",
    };

    public static readonly IntegerSetting MaxClients = new("maxclients", 10_000, 1, 1_000_000)
    {
        Summary = "Clients connected at the same time; further ones get an error.",
    };

    public static readonly TextSetting RequirePass = new("requirepass", "")
    {
        Summary = "Password that clients give with AUTH or HELLO; empty for none.",
        IsSecret = true,
    };

    public static readonly OutputLimitsSetting ClientOutputBufferLimit = new("client-output-buffer-limit",
        new OutputLimits(Normal: default, Replica: new(256 * Megabyte, 64 * Megabyte, 60),
            PubSub: new(32 * Megabyte, 8 * Megabyte, 60)))
    {
        Summary = "Clients that leave more than this unread are disconnected.",
    };

    public static readonly MemorySetting ClientQueryBufferLimit = new("client-query-buffer-limit", Gigabyte,
        Megabyte, long.MaxValue)
    {
        Summary = "Bytes of one client's unfinished request.",
    };

    public static readonly MemorySetting ProtoMaxBulkLength = new("proto-max-bulk-len", 512 * Megabyte,
        Megabyte, 512 * Megabyte)
    {
        Summary = "Bytes of one argument or value.",
    };

    // Data and durability.
    public static readonly TextSetting Directory = new("dir", "data")
    {
        Summary = "Data directory; made when missing. A relative path is taken from the working directory.",
        Change = SettingChange.AtStart,
        AllowEmpty = false,
    };

    public static readonly TextSetting TransferDirectory = new("transfer-dir",
        Storage.Manifests.DataDirectory.TransferName)
    {
        Summary = "The only directory in which HEDGE.LOAD reads and HEDGE.EXPORT writes files; a relative "
            + "path is taken from dir. Empty forbids both commands.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<AppendFsync> AppendFsync = new("appendfsync",
        Settings.AppendFsync.EverySec)
    {
        Summary = "When writes are synced to disk: always (before the reply), everysec, no (left to "
            + "the system).",
    };

    public static readonly IntegerSetting Databases = new("databases", 16, 1, 1024)
    {
        Summary = "Number of databases that SELECT knows.",
        Change = SettingChange.AtStart,
    };

    public static readonly IntegerSetting Partitions = new("partitions", 16, 1, 1024)
    {
        Summary = "Parts the keys are divided into; the data directory keeps the number it was made with.",
        Change = SettingChange.AtCreation,
        PowerOfTwo = true,
    };

    public static readonly MemorySetting LogSegmentBytes = new("log-segment-bytes", 64 * Megabyte,
        Megabyte, Gigabyte)
    {
        Summary = "Size of one file of the write-ahead log.",
        Change = SettingChange.AtStart,
    };

    public static readonly BooleanSetting LogLoadTruncated = new("log-load-truncated", false)
    {
        Summary = "Whether to start although a part of the log that had been made durable is missing or "
            + "damaged, with what is there. By default the start is refused, with the number of operations.",
        Change = SettingChange.AtStart,
    };

    // Memory.
    public static readonly MemorySetting MaxMemory = new("maxmemory", 0, 0, long.MaxValue)
    {
        Summary = "Memory for records, memtables, filters and buffers together; 0 is half of what the "
            + "machine has, or three eighths of a container's limit. Less than 2 MiB counts as 2 MiB. Data "
            + "beyond it is on disk only.",
    };

    public static readonly MemorySetting MaxDisk = new("maxdisk", 0, 0, long.MaxValue)
    {
        Summary = "What the data directory may take on disk; 0 for any number. When it is reached, "
            + "maxmemory-policy says what happens.",
    };

    public static readonly MemorySetting DiskReserve = new("disk-reserve", 64 * Megabyte, 0, Gigabyte)
    {
        Summary = "Space set aside in dir so that keys can be deleted and the server can start on a full "
            + "disk, at most a sixteenth of the file system and of maxdisk; 0 for none, then free space is "
            + "not looked at.",
        Change = SettingChange.AtStart,
    };

    public static readonly MemorySetting MemtableBytes = new("memtable-bytes", 16 * Megabyte, 64 * Kilobyte,
        Gigabyte)
    {
        Summary = "Changes of one partition that are gathered in memory before they are written as a run.",
        Change = SettingChange.AtStart,
    };

    public static readonly MemorySetting BlockCacheBytes = new("block-cache-bytes", 0, 0,
        long.MaxValue)
    {
        Summary = "Memory for blocks read from disk, over all cores; part of maxmemory. 0 has it grow and "
            + "shrink by the disk reads that this saves, against those that memory for records saves.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<CompactionPolicy> CompactionPolicy = new("compaction-policy",
        Storage.Compactions.CompactionPolicy.Tiered)
    {
        Summary = "How runs are merged: tiered favours writes, leveled scans, lazy is in between, auto goes "
            + "by what each partition is used for.",
    };

    public static readonly ChoiceSetting<BlockCompression> Compression = new("compression",
        BlockCompression.None)
    {
        Summary = "How each partition's oldest run, which holds most of the data, is compressed when it is "
            + "written; runs stay readable whatever is set later. lz4 and zstd are the system's libraries.",
        Obstacle = ObstacleTo,
    };

    public static readonly ChoiceSetting<BlockCompression> CompressionUpper = new("compression-upper",
        BlockCompression.None)
    {
        Summary = "The same for all other runs: those of flushes and of merges of newer runs.",
        Obstacle = ObstacleTo,
    };

    public static readonly MemorySetting ValueLogThreshold = new("value-log-threshold", Kilobyte, 0,
        512 * Megabyte)
    {
        Summary = "Values from this length on are written once, into the log, and referred to from the runs; "
            + "0 writes all values into the runs.",
    };

    // Collections: what OBJECT ENCODING tells, and how DUMP writes them.
    public static readonly IntegerSetting HashMaxListpackEntries = new("hash-max-listpack-entries", 512, 0,
        long.MaxValue)
    {
        Alias = "hash-max-ziplist-entries",
        Summary = "Fields up to which OBJECT ENCODING and DUMP show a hash as a listpack.",
    };

    public static readonly MemorySetting HashMaxListpackValue = new("hash-max-listpack-value", 64, 0,
        long.MaxValue)
    {
        Alias = "hash-max-ziplist-value",
        Summary = "Bytes of a field or value up to which they do so.",
    };

    public static readonly IntegerSetting SetMaxIntsetEntries = new("set-max-intset-entries", 512, 0,
        long.MaxValue)
    {
        Summary = "Members up to which OBJECT ENCODING and DUMP show a set of integers as an intset.",
    };

    public static readonly IntegerSetting ZSetMaxListpackEntries = new("zset-max-listpack-entries", 128, 0,
        long.MaxValue)
    {
        Alias = "zset-max-ziplist-entries",
        Summary = "Members up to which OBJECT ENCODING and DUMP show a sorted set as a listpack.",
    };

    public static readonly MemorySetting ZSetMaxListpackValue = new("zset-max-listpack-value", 64, 0,
        long.MaxValue)
    {
        Alias = "zset-max-ziplist-value",
        Summary = "Bytes of a member up to which they do so.",
    };

    public static readonly IntegerSetting ListMaxListpackSize = new("list-max-listpack-size", -2,
        int.MinValue, int.MaxValue)
    {
        Alias = "list-max-ziplist-size",
        Summary = "How DUMP cuts a list into listpacks: elements, or -1 to -5 for 4 to 64 KiB.",
    };

    public static readonly MemorySetting StreamNodeMaxBytes = new("stream-node-max-bytes", 4096, 0,
        long.MaxValue)
    {
        Summary = "Bytes up to which DUMP fills a listpack of a stream; 0 for no limit.",
    };

    public static readonly IntegerSetting StreamNodeMaxEntries = new("stream-node-max-entries", 100, 0,
        long.MaxValue)
    {
        Summary = "Entries up to which it does so; 0 for no limit.",
    };

    public static readonly BooleanSetting DumpCompression = new("rdbcompression", true)
    {
        Summary = "Whether DUMP compresses strings of more than 20 bytes.",
    };

    public static readonly MemorySetting HyperLogLogSparseMaxBytes = new("hll-sparse-max-bytes", 3000, 0,
        long.MaxValue)
    {
        Summary = "Up to this length a HyperLogLog has its sparse form.",
    };

    public static readonly MemorySetting CollectionNodeBytes = new("collection-node-bytes", Kilobyte, 64,
        16 * Kilobyte)
    {
        Summary = "How long the records get that big lists, hashes, sets and sorted sets are cut into.",
        Change = SettingChange.AtStart,
    };

    // Scripts.
    public static readonly IntegerSetting BusyReplyThreshold = new("busy-reply-threshold", 5000, 0,
        long.MaxValue)
    {
        Alias = "lua-time-limit",
        Summary = "Milliseconds after which others get BUSY who need what a script holds; 0 for never.",
    };

    public static readonly MemorySetting ScriptMemoryLimit = new("script-memory-limit", 0, 0, long.MaxValue)
    {
        Summary = "Memory of one script's values, at least 1 MiB; 0 is a quarter of maxmemory, at least "
            + "16 MiB and at most 512 MiB.",
    };

    // Work.
    public static readonly IntegerSetting Cores = new("cores",
        Math.Clamp(Environment.ProcessorCount - 1, 1, 64), 1, 64)
    {
        Summary = "Threads that serve clients and own the data; the default is one less than the CPUs.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<IoMode> Io = new("io", IoMode.Auto)
    {
        Summary = "auto takes io_uring where the kernel allows it, and sockets and ordinary file I/O "
            + "elsewhere.",
        Change = SettingChange.AtStart,
    };

    public static readonly IntegerSetting Hz = new("hz", 10, 1, 500)
    {
        Summary = "How often a second each core looks after timeouts, limits and figures.",
    };

    // Events, figures, log.
    public static readonly KeyspaceEventsSetting NotifyKeyspaceEvents = new("notify-keyspace-events")
    {
        Summary = "Which changes of keys are published to subscribers.",
    };

    public static readonly IntegerSetting SlowlogLogSlowerThan = new("slowlog-log-slower-than", 10_000, -1,
        long.MaxValue)
    {
        Summary = "Microseconds from which on a command is kept in the slow log; 0 for all, -1 for none.",
    };

    public static readonly IntegerSetting SlowlogMaxLength = new("slowlog-max-len", 128, 0, 1_000_000)
    {
        Summary = "Entries of the slow log.",
    };

    public static readonly IntegerSetting TrackingTableMaxKeys = new("tracking-table-max-keys", 1_000_000, 0,
        long.MaxValue)
    {
        Summary = "Keys that are remembered for clients with CLIENT TRACKING; 0 for any number.",
    };

    public static readonly IntegerSetting LatencyMonitorThreshold = new("latency-monitor-threshold", 0, 0,
        long.MaxValue)
    {
        Summary = "Milliseconds from which on LATENCY records an event; 0 for never.",
    };

    public static readonly BooleanSetting LatencyTracking = new("latency-tracking", true)
    {
        Summary = "Whether the time of every command goes into the histograms of LATENCY HISTOGRAM and INFO.",
    };

    public static readonly PercentilesSetting LatencyPercentiles = new("latency-tracking-info-percentiles")
    {
        Summary = "Percentiles that INFO latencystats shows; empty for none.",
    };

    public static readonly ChoiceSetting<LogLevel> LogLevel = new("loglevel", Settings.LogLevel.Notice)
    {
        Summary = "What the server's log says.",
    };

    public static readonly TextSetting LogFile = new("logfile", "")
    {
        Summary = "File for the server's log; empty for standard output.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<LogFormat> LogFormat = new("log-format", Settings.LogFormat.Text)
    {
        Summary = "How it is written: text (as redis-server's), json (an object a line). Lines for the "
            + "system's log are text.",
    };

    private static readonly Type[] Places =
    [
        typeof(NetworkDeclarations), typeof(SettingDeclarations), typeof(BackupDeclarations),
        typeof(EvictionDeclarations), typeof(ProcessDeclarations), typeof(AccessDeclarations),
        typeof(PersistenceConstants),
        typeof(MemoryConstants), typeof(ProcessConstants), typeof(ReplicationConstants),
        typeof(ClusterConstants),
    ];

    /// <summary>All, in the order of declaration.</summary>
    public static IReadOnlyList<Setting> All { get; } = Collect();

    private static readonly Dictionary<string, Setting> ByName = All.Where(s => s.Alias != null)
        .Select(s => (Name: s.Alias!, Setting: s)).Concat(All.Select(s => (s.Name, Setting: s)))
        .ToDictionary(s => s.Name, s => s.Setting, StringComparer.OrdinalIgnoreCase);

    /// <summary>The setting of that name or alias, in any case, or null.</summary>
    public static Setting? Find(string name) => ByName.GetValueOrDefault(name);

    private static string? ObstacleTo(BlockCompression compression) =>
        CompressionLibrary.IsThere(compression) ? null : CompressionLibrary.Missing(compression);

    private static Setting[] Collect()
    {
        Setting[] all = [.. Places.SelectMany(Of)];
        for (int i = 0; i < all.Length; i++) all[i].Index = i;
        return all;
    }

    private static IEnumerable<Setting> Of(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).OrderBy(f => f.MetadataToken)
            .Select(f => f.GetValue(null)).OfType<Setting>();
}
