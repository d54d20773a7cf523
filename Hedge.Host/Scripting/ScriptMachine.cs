using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>
/// A machine of Lua with what scripts find in it: the libraries, the table <c>redis</c>, and <c>KEYS</c> and
/// <c>ARGV</c>. Nothing that a script does stays for the next one: all tables that it finds are read-only. A
/// core has some; a script that pauses keeps its own.
/// </summary>
internal sealed class ScriptMachine : ILuaSurroundings
{
    private const int ClosuresMax = 1024;

    // What a machine may keep between scripts; one that has grown more is given up.
    private const long IdleBytesMax = 4 << 20;

    private static readonly LuaString Keys = LuaString.Name("KEYS");
    private static readonly LuaString Arguments = LuaString.Name("ARGV");

    private readonly Dictionary<Script, LuaClosure> _closures = [];
    private readonly long _freshBytes;
    private LuaTable _noKeys;
    private LuaTable _noArguments;
    private RedisRandom _random;

    /// <param name="memoryMax">The most that a script's values may take, in bytes.</param>
    public ScriptMachine(long memoryMax)
    {
        Lua = new LuaMachine(memoryMax);
        LuaLibraries.Open(Lua, this);
        foreach (string name in (string[])["getfenv", "setfenv", "newproxy", "os"])
            Lua.Globals.Set(name, default(LuaValue));
        RedisLibrary.Open(Lua);
        Sandbox.Close(Lua);
        _noKeys = Lua.NewTable();
        _noArguments = Lua.NewTable();
        _freshBytes = Lua.CountMemory();
    }

    /// <summary>The machine.</summary>
    public LuaMachine Lua { get; }

    /// <summary>False when it has grown so much that another one should do the next script's work.</summary>
    public bool IsReusable => Lua.Memory.Used - _freshBytes < IdleBytesMax;

    /// <inheritdoc/>
    public double ProcessorSeconds => 0;

    /// <inheritdoc/>
    public long UnixSeconds => 0;

    /// <inheritdoc/>
    public double NextRandom() => _random.Next();

    /// <inheritdoc/>
    public void Seed(long seed) => _random.Seed(seed);

    /// <summary>Begins to run a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="context">Who runs it: what the functions of the host get.</param>
    /// <param name="keys">The names of its keys, or null for none.</param>
    /// <param name="arguments">Its other arguments, or null for none.</param>
    public void Start(Script script, ScriptRun context, LuaTable? keys, LuaTable? arguments)
    {
        Lua.Context = context;
        if (_noKeys.Positions > 0) _noKeys = Lua.NewTable();
        if (_noArguments.Positions > 0) _noArguments = Lua.NewTable();
        Lua.Globals.Set(Keys, keys ?? _noKeys);
        Lua.Globals.Set(Arguments, arguments ?? _noArguments);
        Lua.Start(ClosureOf(script));
    }

    /// <summary>The script has ended, or is given up.</summary>
    public void End()
    {
        if (Lua.IsRunning) Lua.Stop();
        Lua.Context = null;
        Lua.Globals.Set(Keys, _noKeys);
        Lua.Globals.Set(Arguments, _noArguments);
    }

    private LuaClosure ClosureOf(Script script)
    {
        if (_closures.TryGetValue(script, out LuaClosure? closure)) return closure;
        if (_closures.Count == ClosuresMax) _closures.Clear();
        closure = Lua.Load(script.Prototype);
        _closures.Add(script, closure);
        return closure;
    }
}
