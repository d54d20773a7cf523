using Hedge.Host.Lua.Machines;
using Hedge.Host.Scripting;

namespace Hedge.Tests.Scripting;

/// <summary>Scripts that run without a server: their commands reply true, and do nothing.</summary>
internal sealed class NoServer : IScriptHost
{
    public int Protocol { get; set; } = 2;

    public bool IsDebugged => false;

    public LuaAction Call(LuaCall c, bool raises) => c.Return(true);

    public LuaAction Check(LuaCall c) => c.Return(true);

    public bool Breakpoint() => false;

    public void Debug(string line)
    {
    }

    public void Count(MemoryCount count)
    {
    }
}
