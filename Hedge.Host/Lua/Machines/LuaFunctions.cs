using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>A function: one written in Lua, or one of the host.</summary>
internal abstract class LuaFunction(LuaTable? environment) : LuaObject(LuaType.Function)
{
    /// <summary>The table its globals are in.</summary>
    public LuaTable? Environment = environment;
}

/// <summary>A function written in Lua, with what it binds.</summary>
internal sealed class LuaClosure(LuaPrototype prototype, LuaTable environment, Upvalue[] upvalues)
    : LuaFunction(environment)
{
    public const int OwnBytes = 64;

    public readonly LuaPrototype Prototype = prototype;

    public readonly Upvalue[] Upvalues = upvalues;

    /// <summary>The environment, which a closure always has.</summary>
    public LuaTable Globals => Environment!;

    /// <summary>A closure of a whole chunk.</summary>
    public static LuaClosure OfChunk(LuaPrototype prototype, LuaTable environment) =>
        new(prototype, environment, []);
}

/// <summary>
/// What the host does when it is called. It reads its arguments from the call, and says what comes next: its
/// results, a call of another function after which it is called again, a pause, or an error.
/// </summary>
internal delegate LuaAction HostBody(LuaCall call);

/// <summary>A function of the host.</summary>
/// <param name="name">Its name, for those who read dumps. Errors take the name that the caller used.</param>
/// <param name="body">What it does.</param>
/// <param name="data">What belongs to this function alone, for <see cref="LuaCall.Data"/>.</param>
internal sealed class HostFunction(string name, HostBody body, object? data = null) : LuaFunction(null)
{
    public const int OwnBytes = 64;

    public string Name { get; } = name;

    public readonly HostBody Body = body;

    public readonly object? Data = data;
}

/// <summary>
/// A variable that closures bind. While its function runs it is a register, and <see cref="Stack"/> is where;
/// when the variable ends, it is closed: its value moves here.
/// </summary>
internal sealed class Upvalue
{
    public const int OwnBytes = 56;

    /// <summary>The stack, or null when it is closed.</summary>
    public LuaValue[]? Stack;

    /// <summary>The register's index on the stack.</summary>
    public int Index;

    /// <summary>The value when it is closed.</summary>
    public LuaValue Closed;

    /// <summary>The next open one of the coroutine, on a lower register.</summary>
    public Upvalue? NextOpen;

    /// <summary>The last count of memory that has seen it.</summary>
    public int Mark;

    /// <summary>The value, wherever it is.</summary>
    public ref LuaValue Value
    {
        get
        {
            if (Stack is null) return ref Closed;
            return ref Stack[Index];
        }
    }
}
