using System.Text.Json;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Counts, seeds and worst cases of long tests, for the pages that state them:
/// artifacts/figures/NAME.json.
/// </summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes one test's figures, and shows them.</summary>
    public static void Write(string name, IReadOnlyDictionary<string, object> figures)
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "figures");
        Directory.CreateDirectory(folder);
        string text = JsonSerializer.Serialize(figures, Indented);
        File.WriteAllText(Path.Combine(folder, $"{name}.json"), text);
        TestContext.Progress.WriteLine($"{name}: {JsonSerializer.Serialize(figures)}");
    }

    /// <summary>The value below which this part of the sorted values lies.</summary>
    public static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, part * sorted.Length)];
    }
}

/// <summary>The seed of a randomised test: HEDGE_TEST_SEED, or one of its own,
/// which the test prints.</summary>
internal static class TestSeed
{
    /// <summary>The seed to use.</summary>
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("HEDGE_TEST_SEED"), out int seed)
            ? seed
            : Random.Shared.Next();
}
