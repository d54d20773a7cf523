namespace Hedge.Host.Benchmarks;

/// <summary>Which of the ids are asked for how often. Owned by one core.</summary>
internal abstract class IdDistribution
{
    /// <summary>The next id.</summary>
    /// <param name="random">The core's chance.</param>
    /// <param name="count">Ids there are so far: 0 to <paramref name="count"/> - 1.</param>
    public abstract ulong Next(Randomness random, ulong count);

    /// <summary>Makes one over a number of ids.</summary>
    public static IdDistribution Of(
        DistributionKind kind, ulong count, double theta, double exponentialRange = 0)
    {
        return kind switch
        {
            DistributionKind.Zipfian => new ScrambledZipfianIds(count, theta),
            DistributionKind.Latest => new LatestIds(count, theta),
            DistributionKind.Sequential => new SequentialIds(),
            DistributionKind.Exponential => new ExponentialIds(count, exponentialRange),
            _ => new UniformIds(),
        };
    }
}

/// <summary>The distributions by name.</summary>
internal enum DistributionKind
{
    Uniform,
    Zipfian,
    Latest,
    Sequential,
    Exponential,
}

/// <summary>All ids alike.</summary>
internal sealed class UniformIds : IdDistribution
{
    public override ulong Next(Randomness random, ulong count) => random.Below(count);
}

/// <summary>One after the other, and again from the start.</summary>
internal sealed class SequentialIds : IdDistribution
{
    private ulong _next;

    public override ulong Next(Randomness random, ulong count)
    {
        if (_next >= count) _next = 0;
        return _next++;
    }
}

/// <summary>Zipfian, the frequent ids spread evenly over all.</summary>
internal sealed class ScrambledZipfianIds : IdDistribution
{
    private readonly ZipfianRanks _ranks;
    private readonly ulong _count;
    private readonly ulong _stride;

    public ScrambledZipfianIds(ulong count, double theta)
    {
        _ranks = new ZipfianRanks(count, theta);
        _count = count;
        _stride = StridedOrder.StrideOf(count);
    }

    public override ulong Next(Randomness random, ulong count) => _ranks.Next(random) * _stride % _count;
}

/// <summary>
/// The law of db_bench's <c>--read_random_exp_range</c>: the rank is the number of ids times
/// <c>exp(-u·range)</c>, u uniform from 0 to 1, and a multiplication modulo that number spreads the ranks.
/// The hottest part f of the ids gets <c>ln(1 + f·exp(range)) / range</c> of the draws.
/// </summary>
internal sealed class ExponentialIds(ulong count, double range) : IdDistribution
{
    // The multiplier that db_bench has.
    private const ulong Multiplier = 0x5BD1E995;

    public override ulong Next(Randomness random, ulong _) =>
        (ulong)(Math.Exp(-random.Unit() * range) * count) * Multiplier % count;
}

/// <summary>All ids once, neighbours far apart: multiples of a stride that has no factor in common with their
/// number.</summary>
internal static class StridedOrder
{
    /// <summary>The stride for a number of ids, at most <see cref="BenchOptionDeclarations.RecordsMax"/>:
    /// position times stride, modulo the number, is the id.</summary>
    public static ulong StrideOf(ulong count)
    {
        ulong stride = Math.Max(1, (ulong)(count * 0.6180339887));
        while (GreatestCommonDivisor(stride, count) != 1) stride++;
        return stride;
    }

    private static ulong GreatestCommonDivisor(ulong a, ulong b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}

/// <summary>Zipfian by age: the newest id is the most frequent.</summary>
internal sealed class LatestIds(ulong count, double theta) : IdDistribution
{
    private readonly ZipfianRanks _ranks = new(count, theta);

    public override ulong Next(Randomness random, ulong count)
    {
        ulong age = _ranks.Next(random);
        return age < count ? count - 1 - age : random.Below(count);
    }
}

/// <summary>
/// Ranks 0, 1, 2… whose frequency falls with (rank + 1)^-theta, by the method of Gray et al., "Quickly
/// generating billion-record synthetic databases" (SIGMOD 1994), which YCSB uses too: exact for the first two
/// ranks, a continuous approximation for the others.
/// </summary>
internal sealed class ZipfianRanks
{
    private const ulong SummedMax = 1_000_000;

    private readonly ulong _count;
    private readonly double _alpha;
    private readonly double _zeta;
    private readonly double _eta;
    private readonly double _secondBelow;

    public ZipfianRanks(ulong count, double theta)
    {
        _count = count;
        _alpha = 1 / (1 - theta);
        _zeta = Zeta(count, theta);
        _secondBelow = 1 + Math.Pow(0.5, theta);
        _eta = (1 - Math.Pow(2.0 / count, 1 - theta)) / (1 - (_secondBelow / _zeta));
    }

    /// <summary>The share of the most frequent rank.</summary>
    public double FirstShare => 1 / _zeta;

    /// <summary>The next rank, below the count.</summary>
    public ulong Next(Randomness random)
    {
        double u = random.Unit();
        double scaled = u * _zeta;
        if (scaled < 1) return 0;
        if (scaled < _secondBelow) return Math.Min(1, _count - 1);
        ulong rank = (ulong)(_count * Math.Pow((_eta * u) - _eta + 1, _alpha));
        return Math.Min(rank, _count - 1);
    }

    // The far terms by Euler and Maclaurin: their error is far below the method's own.
    private static double Zeta(ulong count, double theta)
    {
        double sum = 0;
        ulong summed = Math.Min(count, SummedMax);
        for (ulong i = 1; i <= summed; i++) sum += Math.Pow(i, -theta);
        if (count == summed) return sum;
        double power = 1 - theta;
        sum += (Math.Pow(count, power) - Math.Pow(summed, power)) / power;
        return sum + ((Math.Pow(count, -theta) - Math.Pow(summed, -theta)) / 2);
    }
}
