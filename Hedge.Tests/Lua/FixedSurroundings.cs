using Hedge.Host.Lua.Libraries;

namespace Hedge.Tests.Lua;

/// <summary>Time that stands still, and chance that repeats.</summary>
internal sealed class FixedSurroundings : ILuaSurroundings
{
    private ulong _state = 1;

    public double ProcessorSeconds => 1.5;

    public long UnixSeconds => 1_000_000_000;

    public double NextRandom()
    {
        _state = (_state * 6364136223846793005) + 1442695040888963407;
        return (_state >> 11) / (double)(1UL << 53);
    }

    public void Seed(long seed) => _state = (ulong)seed;
}
