using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>SplitMix64: a whole run's chance from one number.</summary>
public sealed class SimSeed(ulong seed) : ISeed
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public long Below(long bound) => (long)(Next() % (ulong)bound);

    /// <summary>True with the given probability (0 to 1).</summary>
    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>Fills the span with random bytes.</summary>
    public void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)Next();
    }

    /// <summary>An independent generator, for a part that must not disturb this one's order.</summary>
    public SimSeed Split() => new(Next());
}
