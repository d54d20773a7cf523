using System.Globalization;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>How many seeds the simulation's tests try: as many times more as HEDGE_SIM_SCALE says,
/// from HEDGE_SIM_SEED on.
/// </summary>
internal static class SimCounts
{
    private static readonly int Scale = (int)Number("HEDGE_SIM_SCALE", 1);

    /// <summary>The first seed.</summary>
    public static ulong FirstSeed { get; } = (ulong)Number("HEDGE_SIM_SEED", 1);

    /// <summary>The seeds to try.</summary>
    public static IEnumerable<ulong> Seeds(int count)
    {
        for (ulong i = 0; i < (ulong)(count * Scale); i++) yield return FirstSeed + i;
    }

    private static long Number(string name, long otherwise) =>
        long.TryParse(
            Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture,
            out long value) ? value : otherwise;
}
