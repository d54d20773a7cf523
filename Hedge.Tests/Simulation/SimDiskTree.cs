using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>A simulated disk's directories and files, found by path.</summary>
internal sealed class SimDiskTree(SimDiskDirectory root)
{
    /// <summary>The directory that everything is in.</summary>
    public SimDiskDirectory Root => root;

    /// <summary>The sum of all files' lengths.</summary>
    public long UsedBytes => Used(root);

    /// <summary>A path's names.</summary>
    public static string[] Split(string path) =>
        [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => name != ".")];

    /// <summary>What is at the path, or null.</summary>
    public SimDiskNode? Find(string path)
    {
        SimDiskNode? at = root;
        foreach (string name in Split(path)) at = (at as SimDiskDirectory)?.Find(name);
        return at;
    }

    /// <summary>The file at the path; throws when there is none.</summary>
    public SimDiskInode File(string operation, string path) =>
        Find(path) as SimDiskInode ?? throw new DiskException(operation, path, Errno.NoEntry);

    /// <summary>The directory at the path; throws when there is none.</summary>
    public SimDiskDirectory Directory(string operation, string path) =>
        Find(path) as SimDiskDirectory ?? throw new DiskException(operation, path, Errno.NoEntry);

    /// <summary>The directory that the path's last name is or would be in, and that name.</summary>
    public (SimDiskDirectory Parent, string Name) Parent(string operation, string path)
    {
        string[] names = Split(path);
        string parent = string.Join('/', names[..^1]);
        return (Directory(operation, parent), names[^1]);
    }

    private static long Used(SimDiskDirectory directory)
    {
        long used = 0;
        foreach (string name in directory.Names)
        {
            SimDiskNode? node = directory.Find(name);
            if (node is SimDiskInode inode) used += inode.Length;
            else if (node is SimDiskDirectory inner) used += Used(inner);
        }

        return used;
    }
}
