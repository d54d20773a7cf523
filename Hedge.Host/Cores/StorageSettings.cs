using Hedge.Host.Settings;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;

namespace Hedge.Host.Cores;

/// <summary>Settings as the storage has them.</summary>
internal static class StorageSettings
{
    /// <summary>appendfsync as the log has it.</summary>
    public static SyncPolicy PolicyOf(ServerSettings settings) => settings.AppendFsync switch
    {
        AppendFsync.Always => SyncPolicy.Always,
        AppendFsync.No => SyncPolicy.No,
        _ => SyncPolicy.EverySecond,
    };

    /// <summary>Gives a core's storage the settings that may change at run time.</summary>
    public static void Follow(CoreStorage storage, ServerSettings settings)
    {
        storage.CompactionPolicy = settings.CompactionPolicy;
        storage.Compression = (settings.Compression, settings.CompressionUpper);
        storage.ValueLogThreshold = settings.ValueLogThreshold;
        storage.Upkeep.CountsFrequency = settings.CountsFrequency;
        storage.Upkeep.Frequencies = settings.Frequencies;
        storage.Upkeep.ExpiryEffort = settings.ExpiryEffort;
        storage.DiskLimit.LimitBytes = settings.MaxDiskBytes;
        storage.DiskLimit.Policy = settings.MaxMemoryPolicy;
        storage.DiskLimit.Samples = settings.MaxMemorySamples;
    }
}
