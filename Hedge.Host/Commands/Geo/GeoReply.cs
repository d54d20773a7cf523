using System.Globalization;
using System.Text;

namespace Hedge.Host.Commands.Geo;

/// <summary>Places in requests and replies.</summary>
internal static class GeoReply
{
    /// <summary>Reads a longitude and a latitude. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int index, out GeoPosition position)
    {
        position = default;
        if (!Collections.Scores.TryRead(context, index, out double longitude)
            || !Collections.Scores.TryRead(context, index + 1, out double latitude)) return false;
        position = new(longitude, latitude);
        if (position.IsValid) return true;
        context.Reply.Error($"ERR invalid longitude,latitude pair {Shown(longitude)},{Shown(latitude)}");
        return false;
    }

    /// <summary>Replies with the place of a score: two numbers of up to 17 digits behind the
    /// point.</summary>
    public static void Position(CommandContext context, double score)
    {
        GeoPosition position = GeoCell.OfScore(score).Middle;
        context.Reply.ArrayHeader(2);
        Coordinate(context, position.Longitude);
        Coordinate(context, position.Latitude);
    }

    private static void Coordinate(CommandContext context, double degrees)
    {
        string text = degrees.ToString("F17", CultureInfo.InvariantCulture).TrimEnd('0').TrimEnd('.');
        if (text == "-0") text = "0";
        if (context.Reply.Protocol == 2) context.Reply.BulkAscii(text);
        else context.Reply.Raw(Encoding.ASCII.GetBytes($",{text}\r\n"));
    }

    private static string Shown(double value) => double.IsInfinity(value) ? value > 0 ? "inf" : "-inf"
        : value.ToString("F6", CultureInfo.InvariantCulture);
}
