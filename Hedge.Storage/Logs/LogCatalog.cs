using System.Globalization;
using Hedge.Storage.Io;

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
            if (!TryParse(name, out int core, out ulong number))
            {
                if (name[Math.Max(0, name.Length - 4)..] is ".new" or ".old")
                    catalog._leftovers.Add(path);
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
    public void DeleteAll(IDisk disk)
    {
        foreach (string leftover in _leftovers) disk.Delete(leftover);
        int longest = Cores.Count == 0 ? 0 : Cores.Max(core => core.Count);
        for (int i = 0; i < longest; i++)
        {
            foreach (IReadOnlyList<LogSegmentFile> core in Cores)
                if (i < core.Count) disk.Delete(core[i].Path);
            disk.SyncDirectory(Directory);
        }

        _leftovers.Clear();
        Cores = [];
    }

    internal static string PathOf(string directory, int core, ulong number, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}/{core}-{number}{suffix}");

    private static bool TryParse(string name, out int core, out ulong number)
    {
        core = 0;
        number = 0;
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !name.EndsWith(".log", StringComparison.Ordinal)) return false;
        return int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out core)
            && ulong.TryParse(
                name.AsSpan(dash + 1, name.Length - dash - 5), NumberStyles.None,
                CultureInfo.InvariantCulture,
                out number);
    }
}
