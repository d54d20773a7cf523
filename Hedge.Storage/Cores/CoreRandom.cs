using System.Runtime.CompilerServices;

namespace Hedge.Storage.Cores;

/// <summary>A core's random numbers, for samples and estimates. They cost little and are the same in every
/// run of a simulation. Used on that core only.</summary>
internal sealed class CoreRandom(int core)
{
    private const int FrequencyMax = 255;
    private ulong _state = 0x9E3779B97F4A7C15 + (ulong)core;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return _state;
    }

    /// <summary>Redis's logarithmic access counter: the higher it is, the less often an access raises
    /// it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public byte NextFrequency(byte frequency)
    {
        const int first = 5;
        const ulong factor = 10;
        if (frequency == FrequencyMax) return frequency;
        ulong range = (ulong)Math.Max(0, frequency - first) * factor + 1;
        return Next() % range == 0 ? (byte)(frequency + 1) : frequency;
    }
}
