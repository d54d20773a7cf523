namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>
/// Estimates a cardinality from how many registers have each value: Ertl's improved raw estimator
/// ("New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm 6). The
/// steps are those of the paper in its order, so the floating-point result is that of Redis.
/// </summary>
internal static class Cardinality
{
    /// <summary>Number of values that six bits can hold.</summary>
    public const int Values = 64;

    // The hash bits that do not choose the register.
    private const int RankBits = 64 - HyperLogLog.IndexBits;
    private const double HalfOfInverseLog2 = 0.721347520444481703680;

    /// <summary>The estimate.</summary>
    /// <param name="counts">For each value the number of registers that have it.</param>
    public static ulong Estimate(ReadOnlySpan<int> counts)
    {
        const double registers = HyperLogLog.Registers;
        double z = registers * Tau((registers - counts[RankBits + 1]) / registers);
        for (int value = RankBits; value >= 1; value--)
        {
            z += counts[value];
            z *= 0.5;
        }

        z += registers * Sigma(counts[0] / registers);
        double estimate = HalfOfInverseLog2 * registers * registers / z;
        return (ulong)Math.Round(estimate, MidpointRounding.AwayFromZero);
    }

    private static double Sigma(double x)
    {
        if (x == 1) return double.PositiveInfinity;
        double y = 1, z = x, before;
        do
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        while (before != z);
        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1) return 0;
        double y = 1, z = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        while (before != z);
        return z / 3;
    }
}
