using System.Text;

namespace Hedge.Storage.Io;

/// <summary>A file that clients may name, below a directory that holds none of the server's
/// files.</summary>
/// <param name="Root">The directory. The operator owns it, and its path may contain links.</param>
/// <param name="Folder">The folders below it, without links; empty for none.</param>
/// <param name="Name">The file's name.</param>
public sealed record TransferPath(string Root, string Folder, string Name)
{
    private const int NameBytesMax = 255;

    /// <summary>The whole path, for messages.</summary>
    public string Text => Folder.Length == 0 ? $"{Root}/{Name}" : $"{Root}/{Folder}/{Name}";

    /// <summary>Makes the path of a file in a directory that the caller trusts.</summary>
    public static TransferPath At(string path)
    {
        string root = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        return new TransferPath(root, "", Path.GetFileName(path));
    }

    /// <summary>Parses a client's path: relative to <paramref name="root"/>, or absolute and below it. Null
    /// for anything else. Does not access the disk.</summary>
    public static TransferPath? Parse(string root, string given)
    {
        ArgumentNullException.ThrowIfNull(given);
        root = Path.TrimEndingDirectorySeparator(root);
        if (given.StartsWith('/'))
        {
            if (!given.StartsWith(root + "/", StringComparison.Ordinal)) return null;
            given = given[(root.Length + 1)..];
        }

        string[] names = given.Split('/');
        if (given.Contains('\0') || !Array.TrueForAll(names, IsName)) return null;
        return new TransferPath(root, string.Join('/', names[..^1]), names[^1]);
    }

    /// <summary>Opens the file's folder. Creates the root when it is missing.</summary>
    /// <exception cref="DiskException">The folder does not exist, or a link stands in the way.</exception>
    internal IDiskFolder OpenFolder(IDisk disk)
    {
        if (!disk.Exists(Root)) disk.CreateDirectory(Root);
        return disk.OpenFolder(Root, Folder);
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name is not ("." or "..") && Encoding.UTF8.GetByteCount(name) <= NameBytesMax;
}
