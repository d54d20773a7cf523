using System.Globalization;
using System.Text;

namespace Hedge.Host.Commands.Administration;

/// <summary>Builds INFO's reply: sections of "name:value" lines, separated by an empty line.</summary>
internal sealed class InfoText
{
    private readonly StringBuilder _text = new();

    /// <summary>Starts a section.</summary>
    public void Section(string name)
    {
        if (_text.Length > 0) _text.Append("\r\n");
        _text.Append("# ").Append(name).Append("\r\n");
    }

    /// <summary>A line.</summary>
    public void Line(string name, string value) =>
        _text.Append(name).Append(':').Append(value).Append("\r\n");

    /// <summary>A line with a number.</summary>
    public void Line(string name, long value) => Line(name, Number(value));

    /// <summary>A line with a number of two decimals.</summary>
    public void Line(string name, double value) =>
        Line(name, value.ToString("0.00", CultureInfo.InvariantCulture));

    /// <summary>A line with a share of one, of four decimals.</summary>
    public void Rate(string name, double value) =>
        Line(name, value.ToString("0.0000", CultureInfo.InvariantCulture));

    /// <summary>A line with bytes, and one for people: "967.14K".</summary>
    public void Bytes(string name, long bytes)
    {
        Line(name, bytes);
        Line(name + "_human", Human(bytes));
    }

    /// <summary>The text so far.</summary>
    public ReadOnlySpan<byte> ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>A number as INFO shows it.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Bytes for people: "967.14K".</summary>
    public static string Human(long bytes)
    {
        if (bytes < 1024) return string.Create(CultureInfo.InvariantCulture, $"{bytes}B");
        ReadOnlySpan<char> units = "KMGTPE";
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.00}{units[unit]}");
    }
}
