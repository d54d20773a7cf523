using Hedge.Host.Lua.Machines;

namespace Hedge.Host.Scripting;

/// <summary>What a script that runs reaches through the table <c>redis</c>.</summary>
internal interface IScriptHost
{
    /// <summary>The protocol in which commands reply to it, 2 or 3.</summary>
    int Protocol { get; set; }

    /// <summary>Calls a command. Its error is raised, or given back.</summary>
    LuaAction Call(LuaCall c, bool raises);

    /// <summary>Whether it may run a command.</summary>
    LuaAction Check(LuaCall c);

    /// <summary>True when it runs in the debugger.</summary>
    bool IsDebugged { get; }

    /// <summary>It wants to stand still at the next line. False when there is no debugger.</summary>
    bool Breakpoint();

    /// <summary>Shows a line in the debugger.</summary>
    void Debug(string line);

    /// <summary>Counts what it keeps for the machine.</summary>
    void Count(MemoryCount count);
}
