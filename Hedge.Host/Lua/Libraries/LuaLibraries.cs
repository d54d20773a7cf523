using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>Where the libraries get time and chance from.</summary>
internal interface ILuaSurroundings
{
    /// <summary>Seconds of processor time.</summary>
    double ProcessorSeconds { get; }

    /// <summary>Seconds since 1970, in UTC.</summary>
    long UnixSeconds { get; }

    /// <summary>A number from 0 up to before 1.</summary>
    double NextRandom();

    /// <summary>Begins the random numbers anew from a seed.</summary>
    void Seed(long seed);
}

/// <summary>
/// Puts Lua 5.1's libraries into a machine's globals. The host adds or takes away what it likes.
/// </summary>
internal static class LuaLibraries
{
    /// <summary>Opens all libraries.</summary>
    public static void Open(LuaMachine machine, ILuaSurroundings surroundings)
    {
        BaseLibrary.Open(machine);
        LoadLibrary.Open(machine);
        CoroutineLibrary.Open(machine);
        StringLibrary.Open(machine);
        TableLibrary.Open(machine);
        MathLibrary.Open(machine, surroundings);
        OsLibrary.Open(machine, surroundings);
    }

    /// <summary>Sets a function in a table of the machine.</summary>
    public static HostFunction Set(LuaMachine machine, LuaTable table, string name, HostBody body,
        object? data = null)
    {
        machine.Memory.Charge(HostFunction.OwnBytes);
        var function = new HostFunction(name, body, data) { Environment = machine.Globals };
        table.Set(name, function);
        return function;
    }

    /// <summary>A new table as a global of the machine.</summary>
    public static LuaTable NewLibrary(LuaMachine machine, string name)
    {
        LuaTable table = machine.NewTable();
        machine.Globals.Set(name, table);
        return table;
    }
}
