using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>
/// The libraries that a machine has loaded. What a library keeps in its local variables is this machine's
/// own: each core has some machines, so it is for constants, and may be gone at any time.
/// </summary>
/// <remarks>
/// The functions of a library live in a table of globals of their own. While the library loads, that shows
/// no more than <c>redis.register_function</c> and <c>redis.log</c>; afterwards it shows what scripts
/// see.
/// </remarks>
internal sealed class MachineLibraries : IMemoryHolder
{
    // About half a second.
    private const long LoadInstructions = 40_000_000;
    private const int LoadedMax = 256;

    private static readonly LuaString Index = LuaString.Name("__index");
    private readonly LuaMachine _lua;
    private readonly LuaTable _environment;
    private readonly LuaTable _metatable;
    private readonly LuaTable _whileLoading;
    private readonly Dictionary<FunctionLibrary, Dictionary<string, LuaFunction>> _loaded = [];
    private FunctionLibrary? _loading;
    private List<Function>? _functions;
    private Dictionary<string, LuaFunction>? _callbacks;

    /// <param name="lua">A machine that has all it shows to scripts.</param>
    public MachineLibraries(LuaMachine lua)
    {
        _lua = lua;
        LuaTable unknown = lua.NewTable(0, 1);
        LuaLibraries.Set(lua, unknown, "__index", Sandbox.FailUnknown);
        LuaTable redis = lua.NewTable();
        LuaLibraries.Set(lua, redis, "register_function", c => new FunctionRegistration(this).Run(c));
        RedisLibrary.AddConstants(lua, redis);
        redis.Metatable = unknown;
        _whileLoading = lua.NewTable(0, 1);
        _whileLoading.Set("redis", redis);
        _whileLoading.Metatable = unknown;
        _metatable = lua.NewTable(0, 1);
        _metatable.Set(Index, lua.Globals);
        _environment = lua.NewTable();
        _environment.Metatable = _metatable;
        Sandbox.MakeReadOnly(_whileLoading);
        _environment.ReadOnly = true;
        _metatable.ReadOnly = true;
    }

    /// <summary>Runs a library.</summary>
    /// <returns>Its functions; null with an error reply.</returns>
    public LoadedFunctions? Load(FunctionLibrary library, out string error)
    {
        (_loading, _functions, _callbacks) = (library, [], []);
        _metatable.Set(Index, _whileLoading);
        LuaStatus status = Run(library);
        _metatable.Set(Index, _lua.Globals);
        error = status == LuaStatus.Finished ? ""
            : status == LuaStatus.BudgetUsed ? "ERR Error registering functions: ERR FUNCTION LOAD timeout"
            : "ERR Error registering functions: " + ScriptErrors.TextOf(_lua.Error);
        if (_lua.IsRunning) _lua.Stop();
        LoadedFunctions? loaded = null;
        if (status == LuaStatus.Finished)
        {
            if (_loaded.Count == LoadedMax) _loaded.Clear();
            _loaded[library] = _callbacks;
            loaded = new LoadedFunctions(_functions,
                [.. _callbacks.Values.OfType<LuaClosure>().Select(static closure => closure.Prototype)]);
        }

        (_loading, _functions, _callbacks) = (null, null, null);
        return loaded;
    }

    /// <summary>The function as this machine has it, or null with the error of its library, which could be
    /// loaded before.</summary>
    public LuaFunction? Find(Function function, out string error)
    {
        error = "";
        if (!_loaded.TryGetValue(function.Library, out Dictionary<string, LuaFunction>? callbacks))
        {
            if (Load(function.Library, out error) is null) return null;
            callbacks = _loaded[function.Library];
        }

        return callbacks.GetValueOrDefault(function.Name);
    }

    /// <summary>A library that loads registers a function.</summary>
    /// <returns>The error, or null.</returns>
    public string? Register(string name, string? description, ScriptFlags flags, LuaFunction callback)
    {
        if (!FunctionLibrary.IsName(name)) return FunctionLibrary.BadName["ERR ".Length..];
        if (!_callbacks!.TryAdd(name, callback)) return "Function already exists in the library";
        _functions!.Add(new Function(_loading!, name, description, flags));
        return null;
    }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        count.Add(_environment);
        foreach ((FunctionLibrary library, Dictionary<string, LuaFunction> callbacks) in _loaded)
        {
            count.Add(library.Bytes);
            foreach (LuaFunction callback in callbacks.Values) count.Add(callback);
        }
    }

    private LuaStatus Run(FunctionLibrary library)
    {
        LuaClosure chunk = _lua.Load(library.Prototype);
        chunk.Environment = _environment;
        _lua.Start(chunk);
        return _lua.Run(LoadInstructions);
    }
}

/// <summary>The functions of a library, and the programs of those that are written in Lua.</summary>
internal sealed record LoadedFunctions(IReadOnlyList<Function> Functions,
    IReadOnlyCollection<LuaPrototype> Prototypes);
