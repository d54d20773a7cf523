namespace Hedge.Storage.Cores;

/// <summary>A core's random numbers, for samples and estimates. They cost little and are the same in every
/// run of a simulation. Used on that core only.</summary>
internal sealed class CoreRandom(int core)
{
    private ulong _state = 0x9E3779B97F4A7C15 + (ulong)core;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return _state;
    }
}
