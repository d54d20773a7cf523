namespace Hedge.Host.Settings;

/// <summary>Settings of Redis's append-only file and snapshots: what they are here.</summary>
internal static class PersistenceConstants
{
    private const string NoRewrites =
        "The log is cut as its data is written to runs; there is no file to rewrite.";
    private const string NoSnapshots = "There are no RDB files: nothing but the log and the runs is needed.";

    public static readonly ConstantSetting Appendonly = new("appendonly", "yes")
    {
        Summary = "Every write goes to the write-ahead log.",
    };

    public static readonly ConstantSetting Appendfilename = new("appendfilename", "appendonly.aof")
    {
        Summary = "The log's files have names of their own, in dir.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting Appenddirname = new("appenddirname", "appendonlydir")
    {
        Summary = "The log's files have names of their own, in dir.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting AutoAofRewritePercentage = new("auto-aof-rewrite-percentage", "0")
    {
        Summary = NoRewrites,
    };

    public static readonly ConstantSetting AutoAofRewriteMinSize = new("auto-aof-rewrite-min-size",
        "67108864")
    {
        Summary = NoRewrites,
    };

    public static readonly ConstantSetting AofRewriteIncrementalFsync = new("aof-rewrite-incremental-fsync",
        "yes")
    {
        Summary = NoRewrites,
    };

    public static readonly ConstantSetting AofUseRdbPreamble = new("aof-use-rdb-preamble", "no")
    {
        Summary = NoRewrites,
    };

    public static readonly ConstantSetting AofDisableAutoGc = new("aof-disable-auto-gc", "no")
    {
        Summary = NoRewrites,
    };

    public static readonly ConstantSetting NoAppendfsyncOnRewrite = new("no-appendfsync-on-rewrite", "no")
    {
        Summary = "appendfsync holds whatever else the disk is used for.",
    };

    public static readonly ConstantSetting AofLoadTruncated = new("aof-load-truncated", "yes")
    {
        Summary = "A torn end of the log, as a crash leaves it, is never an obstacle; "
            + "log-load-truncated is about more than that.",
    };

    public static readonly ConstantSetting AofTimestampEnabled = new("aof-timestamp-enabled", "no")
    {
        Summary = "The log's records have no times.",
    };

    public static readonly ConstantSetting Save = new("save", "")
    {
        Summary = NoSnapshots,
    };

    public static readonly ConstantSetting Dbfilename = new("dbfilename", "dump.rdb")
    {
        Summary = NoSnapshots,
        IsProtected = true,
    };

    public static readonly ConstantSetting RdbDelSyncFiles = new("rdb-del-sync-files", "no")
    {
        Summary = NoSnapshots,
    };

    public static readonly ConstantSetting RdbSaveIncrementalFsync = new("rdb-save-incremental-fsync", "yes")
    {
        Summary = NoSnapshots,
    };

    public static readonly ConstantSetting Rdbchecksum = new("rdbchecksum", "yes")
    {
        Summary = "What DUMP gives always has its checksum, and RESTORE looks at it.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting SanitizeDumpPayload = new("sanitize-dump-payload", "yes")
    {
        Summary = "RESTORE always looks through all of a payload.",
    };

    public static readonly ConstantSetting StopWritesOnBgsaveError = new("stop-writes-on-bgsave-error", "yes")
    {
        Summary = "Writes are refused while the log cannot be written.",
    };
}
