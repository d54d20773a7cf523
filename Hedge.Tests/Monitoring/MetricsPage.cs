using System.Globalization;
using System.Text.RegularExpressions;

namespace Hedge.Tests.Monitoring;

/// <summary>Prometheus's text format, read strictly: every sample belongs to a family whose head came before,
/// no sample is there twice, names and values are well-formed.</summary>
internal sealed class MetricsPage
{
    private static readonly Regex Sample = new(
        @"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+=""(?:[^""\\\n]|\\[\\""n])*"",?)*\})? (\S+)$");

    private readonly Dictionary<string, double> _samples = [];
    private readonly Dictionary<string, string> _types = [];

    public MetricsPage(string text, bool isOpenMetrics = false)
    {
        string family = "";
        string type = "";
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (line == "# EOF" && isOpenMetrics) continue;
            string[] words = line.Split(' ', 4);
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                if (words.Length < 4 || words[3].Length == 0) Fail(line, "no help");
                family = words[2];
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                type = words[3];
                if (words[2] != family || !_types.TryAdd(family, type)) Fail(line, "type without its help");
                bool isKnown = type is "gauge" or "counter" or "histogram" or "summary";
                if (!isKnown) Fail(line, "unknown type");
            }
            else
            {
                Add(line, family, type, isOpenMetrics);
            }
        }
    }

    /// <summary>The families' names, as they are declared.</summary>
    public IReadOnlyCollection<string> Families => _types.Keys;

    /// <summary>A sample, by its name with its labels.</summary>
    public double this[string name] => _samples.TryGetValue(name, out double value)
        ? value : throw new KeyNotFoundException(name);

    /// <summary>True for a sample that is there.</summary>
    public bool Has(string name) => _samples.ContainsKey(name);

    private static void Fail(string line, string problem) => throw new FormatException($"{problem}: {line}");

    private void Add(string line, string family, string type, bool isOpenMetrics)
    {
        Match match = Sample.Match(line);
        if (!match.Success) Fail(line, "no sample");
        string name = match.Groups[1].Value;
        string end = name.StartsWith(family, StringComparison.Ordinal) ? name[family.Length..] : "?";
        string[] ends = type switch
        {
            "histogram" => ["_bucket", "_sum", "_count"],
            "summary" => ["", "_sum", "_count"],
            "counter" => isOpenMetrics ? ["_total"] : [""],
            _ => [""],
        };
        if (!ends.Contains(end)) Fail(line, $"not of {family}");
        if (type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal)) Fail(line, "no _total");
        string number = match.Groups[3].Value;
        double value = number == "NaN" ? double.NaN : double.Parse(number, CultureInfo.InvariantCulture);
        if (type != "gauge" && !(value >= 0)) Fail(line, "negative");
        if (!_samples.TryAdd(name + match.Groups[2].Value, value)) Fail(line, "twice");
    }
}
