using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Backups;

/// <summary>A backup in a directory of backups.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path.</param>
/// <param name="Note">What it says of itself.</param>
public sealed record StoredBackup(string Name, string Path, BackupNote Note);

/// <summary>
/// A directory of backups, which one server at a time writes: each backup is a data directory of its own,
/// and files that two of them have in common are one file with two names.
/// </summary>
/// <remarks>A backup that is not whole yet, or is being deleted, has the ending <c>.part</c>. Kept logs are
/// beside the backups (<see cref="ArchiveFolder"/>).</remarks>
public sealed class BackupSet(IDisk disk, string directory)
{
    internal const string PartSuffix = ".part";
    private const int NameLengthMax = 128;

    /// <summary>True for what a backup may be called: letters, digits, '-', '_', '.' and '+', at most 128,
    /// without a leading dot.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > NameLengthMax || name[0] == '.' || name.EndsWith(PartSuffix)) return false;
        foreach (char each in name)
            if (!char.IsAsciiLetterOrDigit(each) && each is not ('-' or '_' or '.' or '+')) return false;
        return !name.StartsWith("log-");
    }

    /// <summary>Where a backup is.</summary>
    public string PathOf(string name) => $"{directory}/{name}";

    /// <summary>The backup at a path; null when there is none.</summary>
    /// <exception cref="IOException">Its note cannot be read.</exception>
    public static StoredBackup? Read(IDisk disk, string path)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return disk.Exists($"{path}/{BackupNote.FileName}")
            ? new StoredBackup(Path.GetFileName(path), path, BackupNote.Read(disk, path)) : null;
    }

    /// <summary>The backups that are whole, oldest first. One whose note cannot be read does not
    /// count.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public IReadOnlyList<StoredBackup> List()
    {
        if (!disk.Exists(directory)) return [];
        List<StoredBackup> backups = [];
        foreach (string name in disk.List(directory))
        {
            try
            {
                if (IsName(name) && Read(disk, PathOf(name)) is { } backup) backups.Add(backup);
            }
            catch (IOException)
            {
                // It neither serves others nor goes when the oldest do.
            }
        }

        backups.Sort((left, right) => left.Note.Milliseconds.CompareTo(right.Note.Milliseconds));
        return backups;
    }

    /// <summary>Begins a backup: what is left of others that were not finished is deleted.</summary>
    /// <returns>The directory to fill, which is empty.</returns>
    internal string Begin(string name)
    {
        disk.CreateDurably(directory);
        foreach (string left in disk.List(directory))
            if (IsPart(left)) DeleteTree(PathOf(left));
        if (disk.Exists(PathOf(name)))
            throw new DiskException("create", PathOf(name), Errno.Exists);
        string part = PathOf(name) + PartSuffix;
        disk.CreateDirectory(part);
        return part;
    }

    /// <summary>The backup is whole and durable, and gets its name.</summary>
    internal void Finish(string name)
    {
        disk.Rename(PathOf(name) + PartSuffix, PathOf(name));
        disk.SyncDirectory(directory);
    }

    /// <summary>Deletes what there is of a backup that will not be finished, as far as the disk
    /// can.</summary>
    internal void GiveUp(string part)
    {
        try
        {
            DeleteTree(part);
        }
        catch (IOException)
        {
            // The next backup deletes it.
        }
    }

    /// <summary>Deletes the oldest backups, and the kept logs that none of the others needs.</summary>
    /// <param name="keep">How many backups stay.</param>
    /// <param name="life">The life whose logs are being kept.</param>
    internal void Prune(int keep, UInt128 life)
    {
        List<StoredBackup> backups = [.. List()];
        while (backups.Count > keep)
        {
            string part = backups[0].Path + PartSuffix;
            disk.Rename(backups[0].Path, part);
            disk.SyncDirectory(directory);
            DeleteTree(part);
            backups.RemoveAt(0);
        }

        foreach (string name in disk.List(directory))
        {
            if (!ArchiveFolder.TryParse(name, out UInt128 kept)) continue;
            BackupNote? oldest = backups.Find(backup => backup.Note.Life == kept)?.Note;
            if (oldest is not null) PruneLogs(new ArchiveFolder(directory, kept), oldest);
            else if (kept != life) DeleteTree(PathOf(name));
        }

        disk.SyncDirectory(directory);
    }

    /// <summary>Deletes a directory with all that is in it, if it is there.</summary>
    internal void DeleteTree(string path)
    {
        if (!disk.Exists(path)) return;
        foreach (string name in disk.List(path))
        {
            string inner = $"{path}/{name}";
            if (IsDirectory(inner)) DeleteTree(inner);
            else disk.Delete(inner);
        }

        disk.DeleteDirectory(path);
    }

    // Others may keep theirs under such a name, too.
    private bool IsPart(string name)
    {
        string path = PathOf(name);
        return name.EndsWith(PartSuffix, StringComparison.Ordinal)
            && IsName(name.AsSpan(0, name.Length - PartSuffix.Length)) && IsDirectory(path)
            && (disk.List(path).Count == 0 || IsDirectory($"{path}/p00"));
    }

    private bool IsDirectory(string path)
    {
        try
        {
            disk.List(path);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    // Everything in a segment below the backup's is before its moment.
    private void PruneLogs(ArchiveFolder logs, BackupNote oldest)
    {
        IReadOnlyList<ulong> starts = logs.Starts(disk);
        for (int i = 0; i < starts.Count; i++)
        {
            string folder = logs.PathOf(starts[i]);
            int left = 0;
            foreach ((int core, ulong number) in logs.SegmentsOf(disk, starts[i]))
            {
                ulong needed = core < oldest.Segments.Count ? oldest.Segments[core] : oldest.Segments.Min();
                if (number >= needed)
                {
                    left++;
                    continue;
                }

                disk.Delete(SegmentNames.PathOf(folder, core, number, ArchivedSegment.TimesSuffix));
                disk.Delete(SegmentNames.PathOf(folder, core, number, ArchivedSegment.LogSuffix));
            }

            // The last one is in use.
            if (left == 0 && i < starts.Count - 1) DeleteTree(folder);
        }
    }
}
