using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// The kept logs of a data directory's life, in a directory of backups: <c>log-LIFE/START/CORE-NUMBER.log</c>
/// with <c>.times</c> beside it (<c>docs/formats/backup.md</c>). START is the least number of the segments of
/// one start of the server: the logs of each start are a whole, which a recovery can read.
/// </summary>
internal sealed class ArchiveFolder(string backups, UInt128 life)
{
    private const string Prefix = "log-";

    /// <summary>The directory of all starts.</summary>
    public string Path { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{backups}/{Prefix}{life:x32}");

    /// <summary>True for a name in a directory of backups that is of kept logs; gives the life.</summary>
    public static bool TryParse(string name, out UInt128 life)
    {
        life = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && UInt128.TryParse(
            name.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out life);
    }

    /// <summary>The directory of one start.</summary>
    public string PathOf(ulong start) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path}/{start:D12}");

    /// <summary>The starts, in their order.</summary>
    public IReadOnlyList<ulong> Starts(IDisk disk)
    {
        if (!disk.Exists(Path)) return [];
        List<ulong> starts = [];
        foreach (string name in disk.List(Path))
            if (ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ulong start))
                starts.Add(start);
        starts.Sort();
        return starts;
    }

    /// <summary>Makes the directory of a start.</summary>
    /// <returns>Its path.</returns>
    public string Begin(IDisk disk, ulong start)
    {
        string path = PathOf(start);
        disk.CreateDurably(path);
        return path;
    }

    /// <summary>The segments that a start's directory has, by core and number.</summary>
    public IReadOnlyList<(int Core, ulong Number)> SegmentsOf(IDisk disk, ulong start)
    {
        List<(int, ulong)> segments = [];
        foreach (string name in disk.List(PathOf(start)))
            if (SegmentNames.TryParse(name, ArchivedSegment.TimesSuffix, out int core, out ulong number))
                segments.Add((core, number));
        segments.Sort();
        return segments;
    }
}
