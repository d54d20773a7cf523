namespace Hedge.Storage.Records;

/// <summary>How Redis's logarithmic access counters rise and fall (lfu-log-factor, lfu-decay-time).</summary>
/// <param name="Factor">How much rarer a step gets with each step.</param>
/// <param name="DecaySeconds">Seconds without an access that take one away; 0 for never.</param>
public readonly record struct FrequencyRules(long Factor, long DecaySeconds)
{
    private const byte First = 5;

    /// <summary>Those of Redis: a factor of 10, a minute.</summary>
    public static FrequencyRules Default => new(10, 60);

    /// <summary>Steps that an idle time takes away.</summary>
    public long StepsOf(uint idleSeconds) => DecaySeconds == 0 ? 0 : idleSeconds / DecaySeconds;

    /// <summary>A counter after an idle time.</summary>
    public byte Decayed(byte frequency, uint idleSeconds) =>
        (byte)Math.Max(0, frequency - StepsOf(idleSeconds));

    /// <summary>A counter after an access.</summary>
    /// <param name="frequency">The counter before, decayed.</param>
    /// <param name="random">64 random bits.</param>
    public byte Accessed(byte frequency, ulong random)
    {
        if (frequency == byte.MaxValue) return frequency;
        ulong range = (ulong)(Math.Max(0, frequency - First) * Factor) + 1;
        return random % range == 0 ? (byte)(frequency + 1) : frequency;
    }
}
