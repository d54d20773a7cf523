using Hedge.Host.Settings;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using IoMode = Hedge.Storage.Io.Backends.IoMode;

namespace Hedge.Host.Hosting;

/// <summary>What the server's settings mean to the storage engine.</summary>
internal static class EngineSettings
{
    private const long LogBytesMin = 1L << 30;
    private const int ReserveDivisor = 16;
    private const int StageDivisor = 32;
    private const long StageSlotBytesMin = 64 * 1024;

    /// <summary>The engine's options: seven tenths of the memory are for records.</summary>
    public static EngineOptions OptionsOf(ServerSettings settings) => new()
    {
        Directory = settings.DataDirectory,
        ArchiveDirectory = settings.BackupLogs ? settings.BackupDirectory : null,
        Cores = settings.Cores,
        Partitions = settings.Partitions,
        Databases = settings.Databases,
        CacheBytes = settings.MemoryBudgetBytes / 10 * 7,
        BlockCacheBytes = Math.Max(1 << 20, BlockCacheOf(settings) / settings.Cores),
        AdaptsBlockCache = settings.BlockCacheBytes == 0,
        DiskBytes = settings.MaxDiskBytes,
        DiskReserveBytes = settings.MaxDiskBytes == 0
            ? settings.DiskReserveBytes
            : Math.Min(settings.DiskReserveBytes, settings.MaxDiskBytes / ReserveDivisor),
        MemtableBytes = settings.MemtableBytes,
        NodeBytes = settings.CollectionNodeBytes,
        CompactionPolicy = settings.CompactionPolicy,
        Compression = settings.Compression,
        CompressionUpper = settings.CompressionUpper,
        ValueLogThreshold = settings.ValueLogThreshold,
        LoadsTruncatedLog = settings.LogLoadTruncated,
        LogBytes = Math.Max(LogBytesMin, 2 * settings.LogSegmentBytes),
        Log = new LogSettings
        {
            SegmentBytes = settings.LogSegmentBytes,
            StageSlotBytes = StageSlotOf(settings),
        },
    };

    // Log buffers that outlive a kill are resident: all of them take a part of the memory at most.
    private static long StageSlotOf(ServerSettings settings)
    {
        LogSettings standard = new();
        long share = settings.MemoryBudgetBytes / StageDivisor / settings.Cores / standard.StageSlots;
        return Math.Clamp(share & -LogSettings.StagePageBytes, StageSlotBytesMin, standard.StageSlotBytes);
    }

    private static long BlockCacheOf(ServerSettings settings) =>
        settings.BlockCacheBytes > 0 ? Math.Min(settings.BlockCacheBytes, settings.MemoryBudgetBytes / 2)
            : settings.MemoryBudgetBytes / 16;

    /// <summary>The I/O mode to try.</summary>
    public static IoMode ModeOf(ServerSettings settings) => settings.Io switch
    {
        Settings.IoMode.Uring => IoMode.Uring,
        Settings.IoMode.Portable => IoMode.Portable,
        _ => IoMode.Auto,
    };
}
