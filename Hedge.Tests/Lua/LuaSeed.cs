using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;

namespace Hedge.Tests.Lua;

/// <summary>Seeds of random Lua programs. An ordinary run takes always the same, so that what it finds comes
/// from a change; long runs draw new ones.</summary>
internal static class LuaSeed
{
    private const int Usual = 124_343_627;

    public static int Next() => SimCounts.Times(1) == 1 ? Usual : TestSeed.Next();
}
