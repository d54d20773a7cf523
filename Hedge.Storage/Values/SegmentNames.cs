using System.Globalization;

namespace Hedge.Storage.Values;

/// <summary>
/// Names of the files that hold log records and large values: <c>core-number</c> and an ending. All are in
/// one directory, since a log segment that runs refer to becomes a value file by a change of its ending.
/// </summary>
internal static class SegmentNames
{
    /// <summary>The directory of these files in a data directory.</summary>
    public static string DirectoryOf(string dataDirectory) => dataDirectory + "/log";

    /// <summary>A file's path.</summary>
    public static string PathOf(string directory, int core, ulong number, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}/{core}-{number}{suffix}");

    /// <summary>Reads the core and the number from a file's name; false when it is not such a
    /// name.</summary>
    public static bool TryParse(string name, string suffix, out int core, out ulong number)
    {
        core = 0;
        number = 0;
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !name.EndsWith(suffix, StringComparison.Ordinal)) return false;
        return int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out core)
            && ulong.TryParse(name.AsSpan(dash + 1, name.Length - dash - 1 - suffix.Length),
                NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
