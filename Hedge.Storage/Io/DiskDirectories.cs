namespace Hedge.Storage.Io;

/// <summary>Directories that are there after a crash.</summary>
internal static class DiskDirectories
{
    /// <summary>Creates a directory, and those of its parents that are missing, durably.</summary>
    public static void CreateDurably(this IDisk disk, string path)
    {
        if (disk.Exists(path)) return;
        string? above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path));
        string parent = string.IsNullOrEmpty(above) ? "." : above;
        disk.CreateDurably(parent);
        disk.CreateDirectory(path);
        disk.SyncDirectory(parent);
    }
}
