namespace Hedge.Host.Settings;

/// <summary>Settings of Redis's tables, allocator and freeing: what they are here.</summary>
internal static class MemoryConstants
{
    private const string NoDefragmentation = "There is no active defragmentation.";
    private const string AlwaysLazy =
        "Commands free nothing large themselves: what they delete is given back later.";

    public static readonly ConstantSetting Activedefrag = new("activedefrag", "no")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragIgnoreBytes = new("active-defrag-ignore-bytes",
        "104857600")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragThresholdLower = new("active-defrag-threshold-lower",
        "10")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragThresholdUpper = new("active-defrag-threshold-upper",
        "100")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragCycleMin = new("active-defrag-cycle-min", "1")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragCycleMax = new("active-defrag-cycle-max", "25")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting ActiveDefragMaxScanFields = new("active-defrag-max-scan-fields",
        "1000")
    {
        Summary = NoDefragmentation,
    };

    public static readonly ConstantSetting JemallocBgThread = new("jemalloc-bg-thread", "no")
    {
        Summary = "The C library's allocator is used.",
    };

    public static readonly ConstantSetting LazyfreeLazyEviction = new("lazyfree-lazy-eviction", "yes")
    {
        Summary = AlwaysLazy,
    };

    public static readonly ConstantSetting LazyfreeLazyExpire = new("lazyfree-lazy-expire", "yes")
    {
        Summary = AlwaysLazy,
    };

    public static readonly ConstantSetting LazyfreeLazyServerDel = new("lazyfree-lazy-server-del", "yes")
    {
        Summary = AlwaysLazy,
    };

    public static readonly ConstantSetting LazyfreeLazyUserDel = new("lazyfree-lazy-user-del", "yes")
    {
        Summary = AlwaysLazy,
    };

    public static readonly ConstantSetting LazyfreeLazyUserFlush = new("lazyfree-lazy-user-flush", "yes")
    {
        Summary = AlwaysLazy,
    };

    public static readonly ConstantSetting Activerehashing = new("activerehashing", "yes")
    {
        Summary = "Tables grow in small parts; commands need not help.",
    };

    public static readonly ConstantSetting MaxmemoryEvictionTenacity = new("maxmemory-eviction-tenacity",
        "10")
    {
        Summary = "Room on disk is made between commands, in steps of a fixed size.",
    };

    public static readonly ConstantSetting ListCompressDepth = new("list-compress-depth", "0")
    {
        Summary = "Lists are compressed on disk, by compression, not in memory.",
    };

    public static readonly ConstantSetting SetMaxListpackEntries = new("set-max-listpack-entries", "0")
    {
        Summary = "OBJECT ENCODING shows small sets of texts as Redis 7.0 does: as a hashtable.",
    };

    public static readonly ConstantSetting SetMaxListpackValue = new("set-max-listpack-value", "0")
    {
        Summary = "OBJECT ENCODING shows small sets of texts as Redis 7.0 does: as a hashtable.",
    };
}
