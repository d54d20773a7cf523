using Hedge.Host.Declarations;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Extensions;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Settings;

namespace Hedge.Host.Scripting;

/// <summary>
/// A machine of Lua with what scripts find in it: the libraries, the table <c>redis</c>, and <c>KEYS</c> and
/// <c>ARGV</c>. Nothing that a script does stays for the next one: all tables that it finds are read-only. A
/// core has some; a script that pauses keeps its own.
/// </summary>
internal sealed class ScriptMachine : ILuaSurroundings, IMemoryHolder
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
    /// <param name="commands">The commands that scripts may call.</param>
    /// <param name="log">Who takes the lines of <c>redis.log</c>; null for nobody.</param>
    public ScriptMachine(long memoryMax, CommandTable commands, Action<LogLevel, string>? log)
    {
        Commands = commands;
        Log = log;
        Lua = new LuaMachine(memoryMax);
        LuaLibraries.Open(Lua, this);
        foreach (string name in (string[])["getfenv", "setfenv", "newproxy", "os"])
            Lua.Globals.Set(name, default(LuaValue));
        LuaExtensions.Open(Lua);
        RedisLibrary.Open(Lua);
        Sandbox.Close(Lua);
        Libraries = new MachineLibraries(Lua);
        Lua.Context = this;
        _noKeys = Lua.NewTable();
        _noArguments = Lua.NewTable();
        _freshBytes = Lua.CountMemory();
    }

    /// <summary>The machine.</summary>
    public LuaMachine Lua { get; }

    /// <summary>The libraries of functions that it has loaded.</summary>
    public MachineLibraries Libraries { get; }

    /// <summary>The commands that scripts may call.</summary>
    public CommandTable Commands { get; }

    /// <summary>Who the calls of what runs on it go to; null between runs.</summary>
    public IScriptHost? Host { get; private set; }

    /// <summary>Who takes the lines of <c>redis.log</c>; null for nobody.</summary>
    public Action<LogLevel, string>? Log { get; }

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

    /// <summary>Begins to run a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="host">Who its calls go to.</param>
    /// <param name="keys">The names of its keys, or null for none.</param>
    /// <param name="arguments">Its other arguments, or null for none.</param>
    public void Start(ScriptProgram program, IScriptHost host, LuaTable? keys, LuaTable? arguments)
    {
        Host = host;
        if (_noKeys.Positions > 0) _noKeys = Lua.NewTable();
        if (_noArguments.Positions > 0) _noArguments = Lua.NewTable();
        program.Start(this, keys ?? _noKeys, arguments ?? _noArguments);
    }

    /// <summary>Begins to run a script, which finds its keys and arguments as globals.</summary>
    public void Start(Script script, LuaTable keys, LuaTable arguments)
    {
        Lua.Globals.Set(Keys, keys);
        Lua.Globals.Set(Arguments, arguments);
        Lua.Start(ClosureOf(script));
    }

    /// <summary>Begins to run what a debugger evaluates.</summary>
    public void Start(LuaPrototype chunk, IScriptHost host, LuaTable keys, LuaTable arguments)
    {
        Host = host;
        Lua.Globals.Set(Keys, keys);
        Lua.Globals.Set(Arguments, arguments);
        Lua.Start(Lua.Load(chunk));
    }

    /// <summary>Begins to run a function, which gets them.</summary>
    public void Start(Function function, LuaTable keys, LuaTable arguments)
    {
        LuaFunction callback = Libraries.Find(function, out string error)
            ?? throw new InvalidOperationException(
                $"the library {function.Library.Name} cannot be loaded any more: {error}");
        Lua.Start(callback, keys, arguments);
    }

    /// <summary>The script has ended, or is given up.</summary>
    public void End()
    {
        if (Lua.IsRunning) Lua.Stop();
        Host = null;
        Lua.Globals.Set(Keys, default(LuaValue));
        Lua.Globals.Set(Arguments, default(LuaValue));
    }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        Host?.Count(count);
        Libraries.Count(count);
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
