using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>A folder of a disk without links, by its path.</summary>
internal sealed class PathFolder(IDisk disk, string root, string folder) : IDiskFolder
{
    private readonly string _path = folder.Length == 0 ? root : $"{root}/{folder}";

    public DiskFile Open(string name, DiskOpenMode mode) => disk.Open(At(name), mode);

    public bool Exists(string name) => disk.Exists(At(name));

    public void Rename(string from, string to)
    {
        if (Exists(to)) throw new DiskException("rename", At(to), Errno.Exists);
        disk.Rename(At(from), At(to));
    }

    public void Delete(string name) => disk.Delete(At(name));

    public void Sync() => disk.SyncDirectory(_path);

    public void Dispose()
    {
    }

    private string At(string name) => _path is "" or "." ? name : $"{_path}/{name}";
}
