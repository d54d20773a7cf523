using Hedge.Host.Lua.Machines;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// Puts the libraries into a machine's globals that Redis 7.0 gives its scripts beside Lua's own: <c>bit</c>,
/// <c>struct</c>, <c>cjson</c> and <c>cmsgpack</c>. They know nothing of Redis. Long work pauses when the
/// budget is spent, and what it holds is counted.
/// </summary>
internal static class LuaExtensions
{
    /// <summary>
    /// How many slots of the stack a function written in C may use. Depths and counts of results end there.
    /// </summary>
    public const int StackSlotsMax = 8000;

    /// <summary>Bytes that are copied or searched for the price of an instruction.</summary>
    public const int BytesPerInstruction = 32;

    /// <summary>Opens all four.</summary>
    public static void Open(LuaMachine machine)
    {
        BitLibrary.Open(machine);
        StructLibrary.Open(machine);
        CjsonLibrary.Open(machine);
        MessagePackLibrary.Open(machine);
    }
}
