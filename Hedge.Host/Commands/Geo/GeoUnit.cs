namespace Hedge.Host.Commands.Geo;

/// <summary>Units of length, and numbers as the commands show them.</summary>
internal static class GeoUnit
{
    /// <summary>Metres of a unit that an argument names. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int index, out double meters)
    {
        meters = 1;
        if (context.Is(index, "M"u8)) return true;
        if (context.Is(index, "KM"u8)) meters = 1000;
        else if (context.Is(index, "FT"u8)) meters = 0.3048;
        else if (context.Is(index, "MI"u8)) meters = 1609.34;
        if (meters != 1) return true;
        context.Reply.Error("ERR unsupported unit provided. please use M, KM, FT, MI");
        return false;
    }

    /// <summary>Replies with a distance: four digits behind the point.</summary>
    public static void ReplyDistance(CommandContext context, double distance) =>
        context.Reply.BulkAscii(distance.ToString("F4", System.Globalization.CultureInfo.InvariantCulture));
}
