using System.Globalization;
using System.Text;

namespace Hedge.Host.Monitoring;

/// <summary>
/// Builds what Prometheus reads, in its text format 0.0.4 or as OpenMetrics 1.0:
/// <code>
/// family := "# HELP " name ' ' help '\n' "# TYPE " name ' ' type '\n' sample*
/// sample := name [ '{' label '="' value '"' [ ',' … ] '}' ] ' ' number '\n'
/// </code>
/// OpenMetrics names a counter's family without "_total", and ends with "# EOF".
/// </summary>
internal sealed class MetricText(bool isOpenMetrics)
{
    /// <summary>Characters of a label's value that are kept: some are what clients sent.</summary>
    public const int LabelCharactersMax = 128;

    private const string CounterEnd = "_total";
    private const double WholeMax = 1L << 53;

    private readonly StringBuilder _text = new();

    /// <summary>Writes a metric: its head and its samples.</summary>
    public void Write(MetricFamily family, MonitoringFigures figures)
    {
        string name = family.Name;
        if (isOpenMetrics && family.Type == MetricType.Counter) name = name[..^CounterEnd.Length];
#pragma warning disable CA1308 // The format has it in lower case.
        string type = family.Type.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        _text.Append("# HELP ").Append(name).Append(' ').Append(family.Help).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        family.Write(this, figures);
    }

    /// <summary>Writes a sample.</summary>
    public void Sample(string name, ReadOnlySpan<(string Name, string Value)> labels, double value)
    {
        _text.Append(name);
        for (int i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            AppendEscaped(labels[i].Value);
            _text.Append('"');
        }

        if (labels.Length > 0) _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Writes a histogram of times.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="counts">The number of values that are below 2^i microseconds and in no bucket before; all
    /// others in the last.</param>
    /// <param name="microseconds">The sum of the values.</param>
    public void Times(string name, ReadOnlySpan<(string Name, string Value)> labels,
        ReadOnlySpan<long> counts, long microseconds)
    {
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            string end = i == counts.Length - 1 ? "+Inf"
                : ((1L << i) / 1e6).ToString("0.0#####", CultureInfo.InvariantCulture);
            Sample(name + "_bucket", [.. labels, ("le", end)], total);
        }

        Sample(name + "_sum", labels, microseconds / 1e6);
        Sample(name + "_count", labels, total);
    }

    /// <summary>All of it.</summary>
    public byte[] ToUtf8()
    {
        if (isOpenMetrics) _text.Append("# EOF\n");
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    /// <summary>A number as both formats have it.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        return Math.Abs(value) < WholeMax && value == Math.Floor(value)
            ? ((long)value).ToString(CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>The beginning of a text that may be long.</summary>
    public static ReadOnlySpan<char> Cut(string value)
    {
        int length = Math.Min(value.Length, LabelCharactersMax);
        if (length < value.Length && char.IsHighSurrogate(value[length - 1])) length--;
        return value.AsSpan(0, length);
    }

    private void AppendEscaped(string value)
    {
        foreach (char one in Cut(value))
        {
            switch (one)
            {
                case '\\': _text.Append(@"\\"); break;
                case '"': _text.Append("\\\""); break;
                case '\n': _text.Append(@"\n"); break;
                default: _text.Append(one); break;
            }
        }
    }
}
