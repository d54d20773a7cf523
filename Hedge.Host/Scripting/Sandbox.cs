using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What keeps scripts apart: they change no table that they find, an unknown global is an error, and
/// <c>pcall</c> gives the text of an error of Redis.</summary>
internal static class Sandbox
{
    /// <summary>Closes a machine that has all its libraries.</summary>
    public static void Close(LuaMachine machine)
    {
        LuaTable globals = machine.Globals;
        LuaLibraries.Set(machine, globals, "pcall", ProtectedCall);
        LuaTable metatable = machine.NewTable(0, 1);
        LuaLibraries.Set(machine, metatable, "__index", FailUnknown);
        globals.Metatable = metatable;
        MakeReadOnly(globals);
        if (machine.StringMetatable is { } strings) MakeReadOnly(strings);
    }

    /// <summary>Makes a table read-only, and those that are in it.</summary>
    public static void MakeReadOnly(LuaTable table)
    {
        if (table.ReadOnly) return;
        table.ReadOnly = true;
        if (table.Metatable is { } metatable) MakeReadOnly(metatable);
        for (int at = table.NextUsed(0); at >= 0; at = table.NextUsed(at + 1))
            if (table.ValueAt(at).AsTable is { } inner) MakeReadOnly(inner);
    }

    /// <summary>What <c>__index</c> does for a global that is not there.</summary>
    public static LuaAction FailUnknown(LuaCall c)
    {
        LuaValue name = BaseLibrary.Text(c.Machine, c[2]);
        return c.Error($"Script attempted to access nonexistent global variable '{name.AsString}'");
    }

    private static LuaAction ProtectedCall(LuaCall c)
    {
        if (c.Step == 1 && c.HasFailed && c.Result(1).AsTable is { } error
            && !error.Get(ReplyFields.Err).IsNil)
            return c.Return(false, error.Get(ReplyFields.Err));
        return BaseLibrary.ProtectedCall(c);
    }
}
