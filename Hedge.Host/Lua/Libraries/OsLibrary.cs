using System.Globalization;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The library <c>os</c>, as far as it is about time. The time zone is UTC.</summary>
internal static class OsLibrary
{
    private const long SecondsMin = -62_135_596_800;
    private const long SecondsMax = 253_402_300_799;

    public static void Open(LuaMachine m, ILuaSurroundings surroundings)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "os");
        LuaLibraries.Set(m, t, "clock", static c => c.Return(Of(c).ProcessorSeconds), surroundings);
        LuaLibraries.Set(m, t, "date", Date, surroundings);
        LuaLibraries.Set(m, t, "difftime", static c => c.Return(c.Number(1) - c.Number(2, 0)));
        LuaLibraries.Set(m, t, "time", Time, surroundings);
    }

    private static ILuaSurroundings Of(LuaCall c) => (ILuaSurroundings)c.Data!;

    private static LuaAction Time(LuaCall c)
    {
        if (c[1].IsNil) return c.Return(Of(c).UnixSeconds);
        LuaTable table = c.Table(1);
        long seconds = Field(c, table, "sec", 0);
        long minutes = Field(c, table, "min", 0);
        long hours = Field(c, table, "hour", 12);
        long day = Field(c, table, "day", null);
        long month = Field(c, table, "month", null) - 1;
        long year = Field(c, table, "year", null) + (long)Math.Floor(month / 12.0);
        month -= (long)Math.Floor(month / 12.0) * 12;
        if (year is < 1 or > 9999) return c.Return(default(LuaValue));
        var first = new DateTimeOffset((int)year, (int)month + 1, 1, 0, 0, 0, TimeSpan.Zero);
        double inMonth = ((day - 1) * 86400.0) + (hours * 3600.0) + (minutes * 60.0) + seconds;
        return c.Return(first.ToUnixTimeSeconds() + inMonth);
    }

    private static int Field(LuaCall c, LuaTable table, string name, int? otherwise)
    {
        LuaValue value = table.Get(LuaString.Name(name));
        if (Operations.ToNumber(value, out double number)) return (int)LuaCall.ToInteger(number);
        return otherwise ?? throw c.Failure($"field '{name}' missing in date table");
    }

    private static LuaAction Date(LuaCall c)
    {
        ReadOnlySpan<byte> format = c.String(1, LuaString.Name("%c")).Span;
        double given = c[2].IsNil ? Of(c).UnixSeconds : c.Number(2);
        if (!(given >= SecondsMin && given <= SecondsMax)) return c.Return(default(LuaValue));
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds((long)given);
        if (format.Length > 0 && format[0] == '!') format = format[1..];
        if (format.StartsWith("*t"u8)) return c.Return(Fields(c, time));
        var text = new ByteBuffer(c.Machine.Memory);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Add(format[i]);
                continue;
            }

            string? part = Part(time, (char)format[++i]);
            if (part is null) text.Add([(byte)'%', format[i]]);
            else text.Add(System.Text.Encoding.ASCII.GetBytes(part));
        }

        return c.Return(text.ToLuaString());
    }

    private static LuaTable Fields(LuaCall c, DateTimeOffset time)
    {
        LuaTable table = c.Machine.NewTable(0, 9);
        table.Set("sec", time.Second);
        table.Set("min", time.Minute);
        table.Set("hour", time.Hour);
        table.Set("day", time.Day);
        table.Set("month", time.Month);
        table.Set("year", time.Year);
        table.Set("wday", (int)time.DayOfWeek + 1);
        table.Set("yday", time.DayOfYear);
        table.Set("isdst", false);
        return table;
    }

    // C's conversions; null for one that is none.
    private static string? Part(DateTimeOffset t, char kind) => kind switch
    {
        'a' => Text(t, "ddd"),
        'A' => Text(t, "dddd"),
        'b' or 'h' => Text(t, "MMM"),
        'B' => Text(t, "MMMM"),
        'c' => $"{Text(t, "ddd MMM")} {t.Day,2} {Text(t, "HH:mm:ss yyyy")}",
        'C' => Number(t.Year / 100, 2),
        'd' => Text(t, "dd"),
        'D' or 'x' => Text(t, "MM/dd/yy"),
        'e' => $"{t.Day,2}",
        'F' => Text(t, "yyyy-MM-dd"),
        'G' => Number(ISOWeek.GetYear(t.DateTime), 4),
        'g' => Number(ISOWeek.GetYear(t.DateTime) % 100, 2),
        'H' => Text(t, "HH"),
        'I' => Text(t, "hh"),
        'j' => Number(t.DayOfYear, 3),
        'k' => $"{t.Hour,2}",
        'l' => $"{((t.Hour + 11) % 12) + 1,2}",
        'm' => Text(t, "MM"),
        'M' => Text(t, "mm"),
        'n' => "\n",
        'p' => t.Hour < 12 ? "AM" : "PM",
        'P' => t.Hour < 12 ? "am" : "pm",
        'r' => $"{Text(t, "hh:mm:ss")} {(t.Hour < 12 ? "AM" : "PM")}",
        'R' => Text(t, "HH:mm"),
        's' => t.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Text(t, "ss"),
        't' => "\t",
        'T' or 'X' => Text(t, "HH:mm:ss"),
        'u' => Number((((int)t.DayOfWeek + 6) % 7) + 1, 1),
        'U' => Number((t.DayOfYear + 6 - (int)t.DayOfWeek) / 7, 2),
        'V' => Number(ISOWeek.GetWeekOfYear(t.DateTime), 2),
        'w' => Number((int)t.DayOfWeek, 1),
        'W' => Number((t.DayOfYear + 6 - (((int)t.DayOfWeek + 6) % 7)) / 7, 2),
        'y' => Text(t, "yy"),
        'Y' => t.Year.ToString(CultureInfo.InvariantCulture),
        'z' => "+0000",
        'Z' => "UTC",
        '%' => "%",
        _ => null,
    };

    private static string Text(DateTimeOffset t, string format)
    {
        // A format of one letter means something else, unless it is marked.
        return t.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Number(int number, int digits) =>
        number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
}
