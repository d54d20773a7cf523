namespace RocksDbBench;

/// <summary>
/// Draws ids from 0 to count - 1. uniform; exponential: count * exp(-u * range), u uniform; zipfian: the method
/// of Gray et al. (1994) with exponent 0.99. "hedge bench" has the same laws.
/// </summary>
internal sealed class Ids
{
    private const double Theta = 0.99;
    private const int SummedMax = 1_000_000;

    private readonly string _law;
    private readonly long _count;
    private readonly double _range;
    private readonly double _zeta;
    private readonly double _second;
    private readonly double _eta;

    public Ids(string law, long count, double range)
    {
        if (law is not ("uniform" or "exponential" or "zipfian"))
            throw new ArgumentException($"no such distribution: {law}", nameof(law));
        (_law, _count, _range) = (law, count, range);
        if (law != "zipfian") return;
        double power = 1 - Theta;
        long summed = Math.Min(count, SummedMax);
        for (long i = 1; i <= summed; i++) _zeta += Math.Pow(i, -Theta);
        _zeta += ((Math.Pow(count, power) - Math.Pow(summed, power)) / power)
            + ((Math.Pow(count, -Theta) - Math.Pow(summed, -Theta)) / 2);
        _second = 1 + Math.Pow(0.5, Theta);
        _eta = (1 - Math.Pow(2.0 / count, power)) / (1 - (_second / _zeta));
    }

    public long Next(Random random) => _law switch
    {
        "uniform" => random.NextInt64(_count),
        "exponential" => Math.Min(_count - 1, (long)(_count * Math.Exp(-random.NextDouble() * _range))),
        _ => Zipfian(random.NextDouble()),
    };

    private long Zipfian(double u)
    {
        double scaled = u * _zeta;
        if (scaled < 1) return 0;
        if (scaled < _second) return 1;
        return Math.Min(_count - 1, (long)(_count * Math.Pow((_eta * u) - _eta + 1, 1 / (1 - Theta))));
    }
}
