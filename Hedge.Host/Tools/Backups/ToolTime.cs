using System.Globalization;

namespace Hedge.Host.Tools.Backups;

/// <summary>Times as tools write and read them.</summary>
internal static class ToolTime
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFK", "yyyy-MM-dd HH:mmK",
    ];

    /// <summary>A time as UTC, "2026-11-30T12:34:56.789Z".</summary>
    public static string Format(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a date with a time, in UTC unless it names a zone, or Unix seconds.</summary>
    public static bool TryParse(string text, out long milliseconds)
    {
        milliseconds = 0;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out double seconds) && seconds < long.MaxValue / 1000)
        {
            milliseconds = (long)(seconds * 1000);
            return true;
        }

        if (!DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out DateTimeOffset time)) return false;
        milliseconds = time.ToUnixTimeMilliseconds();
        return true;
    }
}
