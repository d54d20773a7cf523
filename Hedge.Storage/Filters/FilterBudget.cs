namespace Hedge.Storage.Filters;

/// <summary>The size of a run's filter: how many keys in how many bytes.</summary>
internal readonly record struct FilterLoad(long Keys, long FilterBytes);

/// <summary>Decides how many bits each key gets in a new run's filter, so that the false positives of all
/// runs of a partition together stay below <see cref="ErrorsMax"/>.</summary>
/// <remarks>
/// 1. Memory is used best when a run's share of the errors equals its share of the keys. So a small run's
///    keys get many bits, and the largest run's keys the fewest.
/// 2. A filter never takes more than <see cref="LeftPart"/> of the errors that the others leave, so that
///    the sum stays below the limit whatever comes next.
/// 3. If the others leave nothing, because they were written by another rule, it takes the smallest share.
///    Source: Dayan, Athanassoulis, Idreos, "Monkey: Optimal Navigable Key-Value Store", 2017.
/// </remarks>
internal static class FilterBudget
{
    /// <summary>The share of look-ups of absent keys that read a block.</summary>
    public const double ErrorsMax = 0.01;

    /// <summary>The fewest and the most bits that a key gets. With more bits a block filter gains
    /// little.</summary>
    public const double BitsMin = 8;

    /// <inheritdoc cref="BitsMin"/>
    public const double BitsMax = 32;

    // A little below the limit, to leave something for runs that get the smallest share.
    private const double ErrorsAim = 0.0094;
    private const double LeftPart = 0.6;
    private const double ShareMin = 1.0 / 256;
    private const double BitsStep = 0.25;

    // The errors for each number of bits per key from BitsMin to BitsMax, falling.
    private static readonly double[] ErrorsByStep = Tabulate();

    /// <summary>Bits for each key of a run.</summary>
    /// <param name="keys">The run's keys.</param>
    /// <param name="others">The filters of the partition's other runs.</param>
    public static double BitsPerKey(long keys, ReadOnlySpan<FilterLoad> others)
    {
        double all = keys;
        double left = ErrorsAim;
        foreach (FilterLoad other in others)
        {
            all += other.Keys;
            left -= Errors(other);
        }

        double share = ErrorsAim * keys / Math.Max(all, 1);
        double errors = Math.Max(Math.Min(share, left * LeftPart), ErrorsAim * ShareMin);
        int step = 0;
        while (step < ErrorsByStep.Length - 1 && ErrorsByStep[step] > errors) step++;
        return BitsMin + step * BitsStep;
    }

    /// <summary>The share of absent keys that a filter lets through.</summary>
    public static double Errors(FilterLoad load)
    {
        if (load.Keys == 0) return 0;
        double step = (load.FilterBytes * 8.0 / load.Keys - BitsMin) / BitsStep;
        return step < 0
            ? ErrorsOf(step * BitsStep + BitsMin)
            : ErrorsByStep[(int)Math.Min(step, ErrorsByStep.Length - 1)];
    }

    private static double[] Tabulate()
    {
        double[] errors = new double[(int)((BitsMax - BitsMin) / BitsStep) + 1];
        for (int step = 0; step < errors.Length; step++) errors[step] = ErrorsOf(BitsMin + step * BitsStep);
        return errors;
    }

    // The number n of keys in a bucket has a Poisson distribution. Each word of the bucket has the tested
    // bit set with probability 1 - (31/32)^n.
    private static double ErrorsOf(double bitsPerKey)
    {
        const int words = 8, wordBits = 32;
        double load = BloomFilter.BucketBytes * 8 / Math.Max(bitsPerKey, 1);
        double probability = Math.Exp(-load);
        double sum = 0;
        for (int n = 1; n < 16 * load + 64; n++)
        {
            probability *= load / n;
            sum += probability * Math.Pow(1 - Math.Pow(1 - 1.0 / wordBits, n), words);
        }

        return sum;
    }
}
