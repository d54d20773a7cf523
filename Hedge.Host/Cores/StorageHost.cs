using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>The server's side of <see cref="StorageTurns"/>: leases, requests that wait for partitions, and
/// what a failed log means. Owned by the core.</summary>
internal sealed class StorageHost(CoreLoop loop) : IStorageHost
{
    /// <summary>appendfsync as the log has it.</summary>
    public static SyncPolicy PolicyOf(ServerSettings settings) => settings.AppendFsync switch
    {
        AppendFsync.Always => SyncPolicy.Always,
        AppendFsync.No => SyncPolicy.No,
        _ => SyncPolicy.EverySecond,
    };

    /// <summary>The partitions whose home is the core.</summary>
    public static IReadOnlyList<Partition> HomesOf(CoreGroup group, int core) =>
        [.. group.Partitions.Where(slot => slot.Home == core).Select(slot => slot.Store)];

    public bool Holds(int partition) => loop.Group.Partitions[partition].Holder == null;

    public void Ticked(int partition)
    {
        PartitionSlot slot = loop.Group.Partitions[partition];
        if (slot.Deferred.Count > 0) loop.Executor.RunDeferred(slot);
    }

    public void PressureChanged() => loop.Connections.TrySlowed();

    public void LogChanged(bool hasFailed)
    {
        int failed = loop.Group.CountFailedLogs(hasFailed ? 1 : -1);
        if (hasFailed) loop.Group.Server.WriteFailure = Errno.Describe(loop.Storage.Log.FailedErrno);
        else if (failed == 0) loop.Group.Server.WriteFailure = null;
        if (!hasFailed) return;
        loop.Gate.Fail();
        loop.Leases.LogFailed();
    }
}
