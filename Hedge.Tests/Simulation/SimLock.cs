using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>The lock of a simulated directory.</summary>
internal sealed class SimLock(SimDisk disk, string key) : IDirectoryLock
{
    private readonly int _generation = disk.Generation;
    private readonly SimDiskDirectory _directory = disk.Tree.Directory("lock", key);

    public bool IsOpenToOthers => false;

    public void Check()
    {
        disk.Enter(SimDiskOperationKind.Open, key);
        if (disk.Tree.Directory("stat", key) != _directory)
            throw new DiskException("stat", key, Errno.Stale);
    }

    public void Dispose()
    {
        if (disk.Generation == _generation) disk.Unlock(key);
    }
}
