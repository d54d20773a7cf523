using System.Text;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;

namespace Hedge.Storage.Exports;

/// <summary>
/// The file <c>EXPORT</c> of the data directory: root, folder and name of the file that an export under way
/// writes to, in UTF-8, each followed by a zero byte. With it the next start finds the unfinished file that
/// a power failure leaves.
/// </summary>
internal static class ExportNote
{
    private const string FileName = "EXPORT";
    private const int BytesMax = 64 * 1024;

    /// <summary>Notes, durably, where the unfinished file will be.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static void Write(IDisk disk, string dataDirectory, TransferPath path) =>
        WholeFile.Replace(disk, dataDirectory, FileName,
            Encoding.UTF8.GetBytes($"{path.Root}\0{path.Folder}\0{path.Name}\0"));

    /// <summary>There is no unfinished file any more.</summary>
    public static void Clear(IDisk disk, string dataDirectory)
    {
        try
        {
            if (disk.Exists($"{dataDirectory}/{FileName}")) disk.Delete($"{dataDirectory}/{FileName}");
        }
        catch (DiskException)
        {
            // The next start finds nothing to delete.
        }
    }

    /// <summary>Deletes the unfinished file that the last process left, if there is one. Call it at
    /// start.</summary>
    public static void DeleteUnfinished(IDisk disk, string dataDirectory)
    {
        string note = $"{dataDirectory}/{FileName}";
        try
        {
            if (!disk.Exists(note)) return;
            string[] parts = Encoding.UTF8.GetString(WholeFile.Read(disk, note, BytesMax).Span).Split('\0');
            if (parts is [string root, string folder, string name, ""]
                && name.EndsWith(ExportFile.Suffix, StringComparison.Ordinal))
            {
                using IDiskFolder unfinished = disk.OpenFolder(root, folder);
                if (unfinished.Exists(name)) unfinished.Delete(name);
            }

            disk.Delete(note);
        }
        catch (DiskException)
        {
            // A file that cannot be deleted does no harm: the next export to that path replaces it.
        }
    }
}
