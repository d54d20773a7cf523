namespace Hedge.Host.Benchmarks;

/// <summary>A core's pseudo-random numbers, from one seed: SplitMix64. Owned by the core.</summary>
internal sealed class Randomness(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number below <paramref name="bound"/>, which is at most 2^40 or so: the bias is below
    /// 2^-24.</summary>
    public ulong Below(ulong bound) => Math.BigMul(Next(), bound, out _);

    /// <summary>A number from 0 to below 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
