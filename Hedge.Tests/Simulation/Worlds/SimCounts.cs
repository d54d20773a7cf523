using System.Globalization;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>How much the tests try: as many times more as HEDGE_TEST_SCALE says; the simulation's seeds from
/// HEDGE_SIM_SEED on.</summary>
internal static class SimCounts
{
    /// <summary>HEDGE_TEST_SCALE: how many times as much as in CI.</summary>
    public static int Scale { get; } = (int)Number("HEDGE_TEST_SCALE", 1);

    /// <summary>A test's volume.</summary>
    /// <param name="count">What it is in CI.</param>
    public static int Times(int count) => checked(count * Scale);

    /// <summary>The first seed.</summary>
    public static ulong FirstSeed { get; } = (ulong)Number("HEDGE_SIM_SEED", 1);

    /// <summary>The seeds to try.</summary>
    public static IEnumerable<ulong> Seeds(int count)
    {
        for (ulong i = 0; i < (ulong)Times(count); i++) yield return FirstSeed + i;
    }

    private static long Number(string name, long otherwise) =>
        long.TryParse(
            Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture,
            out long value) ? value : otherwise;
}
