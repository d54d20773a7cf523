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

        "Hedge.Storage",
        "Hedge.Storage/Io/Kernel",
        "Hedge.Storage/Io",
        "Hedge.Storage/Io/Disk",
        "Hedge.Storage/Io/Portable",
        "Hedge.Storage/Io/Uring",
        "Hedge.Storage/Compression",
        "Hedge.Storage/Records",
        "Hedge.Storage/Ranges",
        "Hedge.Storage/Runs",
        "Hedge.Storage/Values",
        "Hedge.Storage/Logs",
        "Hedge.Storage/Manifests",
        "Hedge.Storage/Compactions",
        "Hedge.Storage/Loads",
        "Hedge.Storage/Exports",
        "Hedge.Storage/Jobs",
        "Hedge.Storage/Partitions",
        "Hedge.Storage/Recoveries",

        "Hedge.Host/CommandLines",
        "Hedge.Host/Settings",
        "Hedge.Host/Statistics",
        "Hedge.Host/Sessions",
        "Hedge.Host/Cores",
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
        "Hedge.Host/Hosting",
        "Hedge.Host/Benchmarks",
        "Hedge.Host",
    ];

    /// <summary>Backward uses that are still there ("user -> used"). A new one fails, and so does
    /// an entry that is no longer needed, so that the list can only become shorter.</summary>
    public static readonly string[] KnownBackwardUses =
    [
        "Hedge.Host/CommandLines -> Hedge.Host",
        "Hedge.Host/CommandLines -> Hedge.Host/Benchmarks",
        "Hedge.Host/CommandLines -> Hedge.Host/Hosting",
        "Hedge.Host/CommandLines -> Hedge.Host/Settings",
        "Hedge.Host/Commands -> Hedge.Host",
        "Hedge.Host/Commands -> Hedge.Host/Commands/Keys",
        "Hedge.Host/Commands/Administration -> Hedge.Host",
        "Hedge.Host/Commands/Connections -> Hedge.Host",
        "Hedge.Host/Commands/Connections -> Hedge.Host/Commands/Administration",
        "Hedge.Host/Commands/Connections -> Hedge.Host/Commands/Introspection",
        "Hedge.Host/Commands/Introspection -> Hedge.Host",
        "Hedge.Host/Commands/Keys -> Hedge.Host",
        "Hedge.Host/Commands/Keys -> Hedge.Host/Commands/Introspection",
        "Hedge.Host/Commands/PubSub -> Hedge.Host/Commands/Administration",
        "Hedge.Host/Commands/PubSub -> Hedge.Host/Commands/Introspection",
        "Hedge.Host/Cores -> Hedge.Host",
        "Hedge.Host/Cores -> Hedge.Host/Commands",
        "Hedge.Host/Cores -> Hedge.Host/Commands/Administration",
        "Hedge.Host/Cores -> Hedge.Host/Commands/Connections",
        "Hedge.Host/Cores -> Hedge.Host/Commands/Keys",
        "Hedge.Host/Hosting -> Hedge.Host",
        "Hedge.Host/Sessions -> Hedge.Host/Cores",
        "Hedge.Host/Settings -> Hedge.Host/Commands",
        "Hedge.Host/Statistics -> Hedge.Host",
        "Hedge.Host/Statistics -> Hedge.Host/Commands",
        "Hedge.Host/Statistics -> Hedge.Host/Commands/Connections",
        "Hedge.Storage -> Hedge.Storage/Compactions",
        "Hedge.Storage -> Hedge.Storage/Compression",
        "Hedge.Storage -> Hedge.Storage/Exports",
        "Hedge.Storage -> Hedge.Storage/Io",
        "Hedge.Storage -> Hedge.Storage/Loads",
        "Hedge.Storage -> Hedge.Storage/Logs",
        "Hedge.Storage -> Hedge.Storage/Manifests",
        "Hedge.Storage -> Hedge.Storage/Partitions",
        "Hedge.Storage -> Hedge.Storage/Recoveries",
        "Hedge.Storage -> Hedge.Storage/Values",
        "Hedge.Storage/Exports -> Hedge.Storage/Partitions",
        "Hedge.Storage/Io -> Hedge.Storage/Compression",
        "Hedge.Storage/Io -> Hedge.Storage/Io/Portable",
        "Hedge.Storage/Io -> Hedge.Storage/Io/Uring",
        "Hedge.Storage/Io/Kernel -> Hedge.Storage/Io",
        "Hedge.Storage/Jobs -> Hedge.Storage/Partitions",
        "Hedge.Storage/Ranges -> Hedge.Storage/Runs",
        "Hedge.Storage/Runs -> Hedge.Storage/Values",
        "Hedge.Storage/Values -> Hedge.Storage/Logs",
    ];
}
