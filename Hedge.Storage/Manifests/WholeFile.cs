using Hedge.Storage.Io;

namespace Hedge.Storage.Manifests;

/// <summary>Small files that are read and replaced as a whole.</summary>
internal static class WholeFile
{
    /// <summary>
    /// Reads a file of at most <paramref name="bytesMax"/> bytes; what is beyond is left out.
    /// </summary>
    public static ReadOnlyMemory<byte> Read(IDisk disk, string path, int bytesMax)
    {
        using DiskFile file = disk.Open(path, DiskOpenMode.Read);
        byte[] bytes = new byte[(int)Math.Min(disk.Length(file), bytesMax)];
        int read = 0;
        while (read < bytes.Length)
        {
            int got = disk.Read(file, read, bytes.AsSpan(read));
            if (got == 0) break;
            read += got;
        }

        return bytes.AsMemory(0, read);
    }

    /// <summary>Puts a file with the given content in place of the one called <paramref name="name"/>: after
    /// a crash
    /// there is the old one or the new one; after the return, the new one.</summary>
    public static void Replace(IDisk disk, string directory, string name, ReadOnlySpan<byte> content)
    {
        string path = $"{directory}/{name}";
        string fresh = path + ".new";
        if (disk.Exists(fresh)) disk.Delete(fresh);
        using (DiskFile file = disk.Open(fresh, DiskOpenMode.Create))
        {
            disk.Write(file, 0, content);
            disk.Sync(file);
        }

        disk.Rename(fresh, path);
        disk.SyncDirectory(directory);
    }
}
