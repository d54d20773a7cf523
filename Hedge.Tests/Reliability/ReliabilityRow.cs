using System.Text.Json;
using Hedge.Tests.Settings;

namespace Hedge.Tests.Reliability;

/// <summary>A row of docs/reliability.json: a promise, how it is tested, and with which result.</summary>
internal sealed record ReliabilityRow
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>What is promised.</summary>
    public required string Promise { get; init; }

    /// <summary>What its test should reach.</summary>
    public required string Wanted { get; init; }

    /// <summary>Full names of fixtures, or of their methods.</summary>
    public required IReadOnlyList<string> Tests { get; init; }

    /// <summary>What is counted, the least that is wanted, and what else is counted than figures.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The least count that is wanted.</summary>
    public double Least { get; init; }

    /// <summary>"planted bugs" when the row counts these.</summary>
    public string Counts { get; init; } = "";

    /// <summary>A figure that has a limit.</summary>
    public WorstCase? Worst { get; init; }

    /// <summary>What the figures of CI are.</summary>
    public ReliabilityFigures? Ci { get; init; }

    /// <summary>What those of the last long run are.</summary>
    public ReliabilityFigures? Long { get; init; }

    /// <summary>A remark.</summary>
    public string Note { get; init; } = "";

    /// <summary>True when the figures do not show all that is wanted, whatever they are.</summary>
    public bool Partial { get; init; }

    /// <summary>Why the figures are not what is wanted; empty when they are.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What is missing from what is wanted; null when nothing is.</summary>
    public string? Shortfall()
    {
        ReliabilityFigures[] all = [.. new[] { Ci, Long }.OfType<ReliabilityFigures>()];
        double count = Counts.Length > 0 ? PlantedBugAttribute.All.Count
            : all.Select(figures => figures.Count).DefaultIfEmpty().Max();
        if (Counts.Length == 0 && all.Length == 0) return "it has no figure";
        if (count < Least) return $"{count} {Unit} instead of {Least}";
        if (Partial) return "a part of what is wanted has no figure";
        if (all.Any(figures => figures.None > 0)) return "what should be none is not";
        double worst = all.Select(figures => figures.Worst).DefaultIfEmpty().Max();
        return Worst is { } limit && worst > limit.Most
            ? $"{worst} {limit.Unit} instead of {limit.Most}" : null;
    }

    /// <summary>Reads all rows.</summary>
    public static IReadOnlyList<ReliabilityRow> ReadAll() => JsonSerializer.Deserialize<ReliabilityRow[]>(
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "reliability.json")), Options)!;
}

/// <summary>A figure that has a limit.</summary>
/// <param name="Unit">Its unit, and what it is.</param>
/// <param name="Most">The limit.</param>
internal sealed record WorstCase(string Unit, double Most);

/// <summary>What one run of the tests has shown.</summary>
internal sealed record ReliabilityFigures
{
    /// <summary>How much was tried.</summary>
    public double Count { get; init; }

    /// <summary>How often something happened that should not.</summary>
    public double? None { get; init; }

    /// <summary>The worst case.</summary>
    public double Worst { get; init; }

    /// <summary>The day of the run.</summary>
    public string Date { get; init; } = "";

    /// <summary>The commits it was of.</summary>
    public IReadOnlyList<string> Commits { get; init; } = [];

    /// <summary>Seeds that were not counted from 1.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];

    /// <summary>HEDGE_TEST_SCALE, unless it was 1.</summary>
    public IReadOnlyList<int> Scale { get; init; } = [];
}
