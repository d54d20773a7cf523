using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary><c>redis.register_function</c>: (name, callback), or a table with <c>function_name</c>,
/// <c>callback</c>, <c>description</c> and <c>flags</c>.</summary>
internal sealed class FunctionRegistration(MachineLibraries libraries)
{
    private const string Me = "redis.register_function";

    private string? _name;
    private string? _description;
    private LuaFunction? _callback;
    private ScriptFlags _flags;

    /// <summary>Registers a function of the library that is being loaded.</summary>
    public LuaAction Run(LuaCall c)
    {
        string? problem = c.Count switch
        {
            1 => ReadTable(c),
            2 => ReadPair(c),
            _ => $"wrong number of arguments to {Me}",
        };
        problem ??= libraries.Register(_name!, _description, _flags, _callback!);
        return problem is null ? LuaCall.Return() : RedisLibrary.Raise(c, problem);
    }

    private string? ReadPair(LuaCall c)
    {
        _name = Text(c[1]);
        if (_name is null) return $"first argument to {Me} must be a string";
        _callback = c[2].Ref as LuaFunction;
        return _callback is null ? $"second argument to {Me} must be a function" : null;
    }

    private string? ReadTable(LuaCall c)
    {
        if (c[1].AsTable is not { } table)
        {
            return $"calling {Me} with a single argument is only applicable to Lua table (representing named "
                + "arguments).";
        }

        for (int at = table.NextUsed(0); at >= 0; at = table.NextUsed(at + 1))
        {
            LuaValue key = table.KeyAt(at);
            if (Text(key) is not { } name) return $"named argument key given to {Me} is not a string";
            if (ReadArgument(name, table.ValueAt(at)) is { } problem) return problem;
        }

        if (_name is null) return $"{Me} must get a function name argument";
        return _callback is null ? $"{Me} must get a callback argument" : null;
    }

    private string? ReadArgument(string name, in LuaValue value)
    {
        switch (name)
        {
            case "function_name":
                _name = Text(value);
                return _name is null ? $"function_name argument given to {Me} must be a string" : null;
            case "description":
                _description = Text(value);
                return _description is null ? $"description argument given to {Me} must be a string" : null;
            case "callback":
                _callback = value.Ref as LuaFunction;
                return _callback is null ? $"callback argument given to {Me} must be a function" : null;
            case "flags":
                if (value.AsTable is { } flags) return ReadFlags(flags);
                return $"flags argument to {Me} must be a table representing function flags";
            default:
                return $"unknown argument given to {Me}";
        }
    }

    private string? ReadFlags(LuaTable table)
    {
        for (int i = 1; table.Get(i) is { IsNil: false } value; i++)
        {
            ScriptFlags flag = ScriptFlags.None;
            if (value.AsString is not { } name || !ScriptFlagNames.TryFind(name.ToString(), out flag))
                return "unknown flag given";
            _flags |= flag;
        }

        return null;
    }

    private static string? Text(in LuaValue value) =>
        value.AsString?.ToString()
            ?? (value.IsNumber ? LuaNumber.ToLuaString(value.Number).ToString() : null);
}
