using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>Goes through all names in a data directory: counts the files, and tells which of them nothing
/// refers to. A start deletes such files of the engine's; none is damage.</summary>
internal sealed class StrayFiles(CheckContext context)
{
    /// <summary>Tells what nothing refers to.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="runs">The paths of all runs that manifests name.</param>
    /// <param name="uses">What runs refer to.</param>
    public void Check(DataDirectory directory, HashSet<string> runs, IEnumerable<ValueFileUse> uses)
    {
        HashSet<ValueFileId> needed = [.. uses.Select(use => use.File)];
        string log = SegmentNames.DirectoryOf(directory.Path);
        foreach (string path in FilesIn(directory.Path))
        {
            Count(path);
            string name = path[(directory.Path.Length + 1)..];
            bool isFresh = name.EndsWith(".new", StringComparison.Ordinal);
            if (isFresh && !path.StartsWith(log, StringComparison.Ordinal))
                Tell(path, "left over from a write that was not finished");
            if (IsLedger(name, out int core) && core >= directory.Ledgers)
                Tell(path, "a ledger of a core that has none");
        }

        for (int i = 0; i < directory.Partitions; i++)
        {
            string folder = new ManifestStore(context.Disk, directory.Path).DirectoryOf(i);
            if (!context.Disk.Exists(folder)) continue;
            foreach (string path in FilesIn(folder))
            {
                Count(path);
                if (!path.EndsWith("/MANIFEST", StringComparison.Ordinal) && !runs.Contains(path))
                    Tell(path, "no manifest names it; the next start deletes it if it is a run");
            }
        }

        if (!context.Disk.Exists(log)) return;
        foreach (string path in FilesIn(log))
        {
            Count(path);
            string name = path[(log.Length + 1)..];
            if (SegmentNames.TryParse(name, ".val", out int core, out ulong number)
                && !needed.Contains(new ValueFileId(core, number)))
                Tell(path, "no run refers to it; the next start deletes it");
        }
    }

    private static bool IsLedger(string name, out int core)
    {
        core = 0;
        return name.StartsWith("LOG-", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out core);
    }

    private IEnumerable<string> FilesIn(string folder)
    {
        foreach (string name in context.Disk.List(folder))
        {
            bool isFolder = name is "log" or DataDirectory.TransferName or DataDirectory.BackupName
                || DataDirectory.IsPartition(name);
            string path = $"{folder}/{name}";
            if (isFolder) continue;
            if (IsFolder(path)) Tell(path, "a directory that is not the engine's");
            else yield return path;
        }
    }

    private bool IsFolder(string path)
    {
        try
        {
            context.Disk.List(path);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private void Count(string path)
    {
        try
        {
            using DiskFile file = context.Disk.Open(path, DiskOpenMode.Read);
            context.Figures.Bytes += context.Disk.Length(file);
            context.Figures.Files++;
        }
        catch (DiskException problem)
        {
            context.Damage(path, problem.Message);
        }
    }

    private void Tell(string path, string message) => context.Tell(new CheckFinding(false, path, message));
}
