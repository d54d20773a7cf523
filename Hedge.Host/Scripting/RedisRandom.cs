namespace Hedge.Host.Scripting;

/// <summary>The chance of <c>math.random</c>, as Redis has it: the linear congruence of <c>drand48</c>, so
/// that a script that sets its seed gets the numbers that it gets there.</summary>
internal struct RedisRandom
{
    private const ulong Multiplier = 0x5DEECE66D;
    private const ulong Addend = 0xB;
    private const ulong Mask = (1UL << 48) - 1;
    private const ulong SeedBase = 0x330E;
    private const long NumberMax = int.MaxValue;

    private ulong _state;

    /// <summary>Begins anew.</summary>
    public void Seed(long seed) => _state = ((ulong)(uint)seed << 16) + SeedBase;

    /// <summary>A number from 0 up to before 1.</summary>
    public double Next()
    {
        _state = ((Multiplier * _state) + Addend) & Mask;
        return (double)((long)(_state >> 17) % NumberMax) / NumberMax;
    }
}
