using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>A log segment's file.</summary>
public readonly record struct LogSegmentFile(int Core, ulong Number, string Path);

/// <summary>The log files of a data directory as they stand, read at start-up.</summary>
/// <remarks>
/// A segment's file is called <c>core-number.log</c> from the moment its header is durable, with numbers that
/// rise by one;
/// <c>.new</c> is a segment being prepared and <c>.old</c> one that waits for reuse: neither holds anything.
/// </remarks>
public sealed class LogCatalog
{
    private readonly List<string> _leftovers = [];

    private LogCatalog(string directory) => Directory = directory;

    /// <summary>The directory of the logs.</summary>
    public string Directory { get; }

    /// <summary>The segments of each core that has any, by number; cores in ascending order.</summary>
    public IReadOnlyList<IReadOnlyList<LogSegmentFile>> Cores { get; private set; } = [];

    /// <summary>A number above all segments' numbers, for the new logs of this process.</summary>
    public ulong NextNumber { get; private set; } = 1;

    /// <summary>The directory of the logs in a data directory.</summary>
    public static string DirectoryOf(string dataDirectory) => dataDirectory + "/log";

    /// <summary>Makes the log directory where it is missing, and lists it.</summary>
    public static LogCatalog Open(IDisk disk, string dataDirectory)
    {
        LogCatalog catalog = new(DirectoryOf(dataDirectory));
        if (!disk.Exists(catalog.Directory))
        {
            disk.CreateDirectory(catalog.Directory);
            disk.SyncDirectory(dataDirectory);
        }

        SortedDictionary<int, List<LogSegmentFile>> cores = [];
        foreach (string name in disk.List(catalog.Directory))
        {
            string path = $"{catalog.Directory}/{name}";
            if (!TryParse(name, ".log", out int core, out ulong number))
            {
                if (name[Math.Max(0, name.Length - 4)..] is ".new" or ".old")
                    catalog._leftovers.Add(path);
                if (TryParse(name, ".val", out _, out number))
                    catalog.NextNumber = Math.Max(catalog.NextNumber, number + 1);
                continue;
            }

            if (!cores.TryGetValue(core, out List<LogSegmentFile>? segments)) cores.Add(core, segments = []);
            segments.Add(new LogSegmentFile(core, number, path));
            catalog.NextNumber = Math.Max(catalog.NextNumber, number + 1);
        }

        foreach (List<LogSegmentFile> segments in cores.Values)
            segments.Sort((left, right) => left.Number.CompareTo(right.Number));
        catalog.Cores = [.. cores.Values];
        return catalog;
    }

    /// <summary>
    /// Deletes everything listed: the last step of a recovery, when all that the logs held is in runs. Each
    /// core's segments go oldest first and durably one by one, so that a crash on the way leaves no gap in
    /// the numbers.
    /// </summary>
    public void DeleteAll(IDisk disk) => DeleteAll(disk, null, []);

    /// <summary>As <see cref="DeleteAll(IDisk)"/>, but what runs refer to becomes a value file, without what
    /// is behind its log's end.</summary>
    internal void DeleteAll(IDisk disk, ValueFiles? values, IReadOnlyList<LogEnd> ends)
    {
        foreach (string leftover in _leftovers) disk.Delete(leftover);
        int longest = Cores.Count == 0 ? 0 : Cores.Max(core => core.Count);
        for (int i = 0; i < longest; i++)
        {
            foreach (IReadOnlyList<LogSegmentFile> core in Cores)
                if (i < core.Count) Remove(disk, core[i], values, ends);
            disk.SyncDirectory(Directory);
            foreach (IReadOnlyList<LogSegmentFile> core in Cores)
                if (i < core.Count) values?.LeftLog(core[i].Core, core[i].Number);
        }

        _leftovers.Clear();
        Cores = [];
    }

    private static void Remove(
        IDisk disk, LogSegmentFile segment, ValueFiles? values, IReadOnlyList<LogEnd> ends)
    {
        if (values is null || !values.IsReferenced(segment.Core, segment.Number))
        {
            disk.Delete(segment.Path);
            return;
        }

        foreach (LogEnd end in ends)
        {
            if (end.Path != segment.Path) continue;
            using DiskFile file = disk.Open(segment.Path, DiskOpenMode.ReadWrite);
            long used = (end.Offset + AlignedBuffer.Alignment - 1) & -AlignedBuffer.Alignment;
            if (used < disk.Length(file)) disk.Truncate(file, used);
        }

        disk.Rename(segment.Path, values.PathOf(new ValueFileId(segment.Core, segment.Number)));
    }

    internal static string PathOf(string directory, int core, ulong number, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}/{core}-{number}{suffix}");

    /// <summary>The core and the number in a file's name.</summary>
    internal static bool TryParse(string name, string suffix, out int core, out ulong number)
    {
        core = 0;
        number = 0;
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !name.EndsWith(suffix, StringComparison.Ordinal)) return false;
        return int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out core)
            && ulong.TryParse(
                name.AsSpan(dash + 1, name.Length - dash - 1 - suffix.Length), NumberStyles.None,
                CultureInfo.InvariantCulture,
                out number);
    }
}
