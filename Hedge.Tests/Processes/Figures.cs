using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Hedge.Tests.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Counts, seeds and worst cases of long tests: artifacts/figures/NAME.json. A run with
/// HEDGE_TEST_SCALE writes NAME.xSCALE.json, a test of category soak NAME.long.json; these are the long
/// runs of docs/reliability.md, into which scripts/reliability.py takes them all.
/// </summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes one test's figures, the test's name, the day and the commit; and shows them.</summary>
    public static void Write(string name, IReadOnlyDictionary<string, object> figures)
    {
        TestContext.TestAdapter test = TestContext.CurrentContext.Test;
        Dictionary<string, object> all = new(figures)
        {
            ["test"] = $"{test.ClassName}.{test.MethodName}".TrimEnd('.'),
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["commit"] = Repository.Commit(),
            ["scale"] = SimCounts.Scale,
        };
        string folder = Path.Combine(Repository.Root, "artifacts", "figures");
        Directory.CreateDirectory(folder);
        string scale = SimCounts.Scale == 1 ? ""
            : string.Create(CultureInfo.InvariantCulture, $".x{SimCounts.Scale}");
        string file = $"{name}{(IsLong(test) ? ".long" : scale)}.json";
        File.WriteAllText(Path.Combine(folder, file), JsonSerializer.Serialize(all, Indented));
        TestContext.Progress.WriteLine($"{name}: {JsonSerializer.Serialize(figures)}");
    }

    // The categories of a method with several cases are not those of its cases.
    private static bool IsLong(TestContext.TestAdapter test) => test.Properties["Category"].Contains("soak")
        || (typeof(Figures).Assembly.GetType(test.ClassName ?? "")?.GetMethods() ?? []).Any(method =>
            method.Name == test.MethodName
            && method.GetCustomAttributes<CategoryAttribute>().Any(category => category.Name == "soak"));

    /// <summary>Writes counts.</summary>
    public static void Count(string name, params (string What, double Number)[] counts) =>
        Write(name, counts.ToDictionary(count => count.What, count => (object)count.Number));

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
