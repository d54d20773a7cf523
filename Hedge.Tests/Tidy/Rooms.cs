namespace Hedge.Tests.Tidy;

/// <summary>
/// All rooms (folders) of the code that ships, in reading order: a room may only use rooms that stand before
/// it. So one can read the code from the top of this list to its end, and each name was explained before.
/// </summary>
internal static class Rooms
{
    public static readonly string[] InReadingOrder =
    [
        "Hedge.Resp",
        "Hedge.Resp/Clients",

        "Hedge.Storage",
        "Hedge.Storage/Io",
        "Hedge.Storage/Io/Kernel",
        "Hedge.Storage/Io/Services",
        "Hedge.Storage/Io/Disk",
        "Hedge.Storage/Io/Portable",
        "Hedge.Storage/Io/Uring",
        "Hedge.Storage/Io/Backends",
        "Hedge.Storage/Io/Compressions",
        "Hedge.Storage/Keys",
        "Hedge.Storage/Collections",
        "Hedge.Storage/Records",
        "Hedge.Storage/Ranges",
        "Hedge.Storage/Pages",
        "Hedge.Storage/Filters",
        "Hedge.Storage/Values",
        "Hedge.Storage/Runs",
        "Hedge.Storage/Caches",
        "Hedge.Storage/Logs",
        "Hedge.Storage/Replays",
        "Hedge.Storage/Manifests",
        "Hedge.Storage/Compactions",
        "Hedge.Storage/Loads",
        "Hedge.Storage/Exports",
        "Hedge.Storage/DiskLimits",
        "Hedge.Storage/Memtables",
        "Hedge.Storage/Lookups",
        "Hedge.Storage/Cores",
        "Hedge.Storage/Stores",
        "Hedge.Storage/Scans",
        "Hedge.Storage/Counts",
        "Hedge.Storage/Expiries",
        "Hedge.Storage/Evictions",
        "Hedge.Storage/Jobs",
        "Hedge.Storage/Partitions",
        "Hedge.Storage/Recoveries",
        "Hedge.Storage/Engines",

        "Hedge.Host/Declarations",
        "Hedge.Host/Settings",
        "Hedge.Host/Clients",
        "Hedge.Host/Statistics",
        "Hedge.Host/Servers",
        "Hedge.Host/Slots",
        "Hedge.Host/Mailboxes",
        "Hedge.Host/Commands",
        "Hedge.Host/Commands/Keys/Payloads",
        "Hedge.Host/Commands/Keys",
        "Hedge.Host/Commands/Strings",
        "Hedge.Host/Commands/Bitmaps",
        "Hedge.Host/Commands/Connections",
        "Hedge.Host/Commands/PubSub",
        "Hedge.Host/Commands/Transactions",
        "Hedge.Host/Commands/Introspection",
        "Hedge.Host/Commands/Administration",
        "Hedge.Host/Connections",
        "Hedge.Host/Subscribers",
        "Hedge.Host/Keyspaces",
        "Hedge.Host/Leases",
        "Hedge.Host/Executions",
        "Hedge.Host/Requests",
        "Hedge.Host/Cores",
        "Hedge.Host/Hosting",
        "Hedge.Host/Benchmarks",
        "Hedge.Host/CommandLines",
        "Hedge.Host",
    ];

    /// <summary>Backward uses that are still there ("user -> used"). A new one fails, and so does
    /// an entry that is no longer needed, so that the list can only become shorter.</summary>
    public static readonly string[] KnownBackwardUses = [];
}
