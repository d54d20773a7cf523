using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;

namespace Hedge.Host.Executions.Scripts;

/// <summary>
/// A script's run in the debugger, between the requests of its client: carries out what the client has sent,
/// runs what it wants to evaluate beside the script, on a machine of its own, and undoes at the end what the
/// script has changed, if that was asked for.
/// </summary>
internal sealed class DebugSession(ScriptDebugger debugger, LuaMachine script, IScriptHost host,
    Func<ScriptMachine> makeMachine, KeyUndo? undo)
{
    private static readonly LuaString ChunkName = LuaString.Name("@ldb_eval");

    private IReadOnlyList<byte[]>? _words;
    private ScriptMachine? _evaluator;
    private LuaStatus? _ended;

    /// <summary>The debugger.</summary>
    public ScriptDebugger Debugger => debugger;

    /// <summary>Keeps what the script changes; null when that stays.</summary>
    public KeyUndo? Undo => undo;

    /// <summary>True when the client has ended the script.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>Takes what the client has sent.</summary>
    public void Take(IReadOnlyList<byte[]> words) => _words = words;

    /// <summary>Goes on, for so many instructions.</summary>
    /// <returns><see cref="LuaStatus.Stopped"/> when the script stands still.</returns>
    public LuaStatus Run(long budget)
    {
        if (_evaluator is not null) return Evaluate(budget);
        if (_ended is { } ended) return End(ended);
        if (_words is { } words)
        {
            _words = null;
            switch (debugger.Take(words, script))
            {
                case DebuggerWish.Stays:
                    return LuaStatus.Stopped;
                case DebuggerWish.Aborts:
                    IsAborted = true;
                    script.NoteErrorPlace();
                    script.Stop();
                    return End(LuaStatus.Failed);
                case DebuggerWish.Evaluates:
                    return BeginEvaluation() ? Evaluate(budget) : LuaStatus.Stopped;
            }
        }

        LuaStatus status = script.Run(budget);
        return status is LuaStatus.Finished or LuaStatus.Failed ? End(status) : status;
    }

    private LuaStatus End(LuaStatus status)
    {
        _ended = status;
        return undo is null || undo.Restore() ? status : LuaStatus.Suspended;
    }

    // An expression, if it is one.
    private bool BeginEvaluation()
    {
        LuaString code = debugger.Code[0];
        LuaPrototype? chunk = LuaPrototype.Compile((byte[])[.. "return "u8, .. code.Span], ChunkName, out _)
            ?? LuaPrototype.Compile(code.Memory, ChunkName, out _);
        if (chunk is null)
        {
            LuaPrototype.Compile(code.Memory, ChunkName, out LuaString? error);
            debugger.LogError(error!.ToString());
            return false;
        }

        _evaluator = makeMachine();
        LuaMachine lua = _evaluator.Lua;
        LuaTable arguments = lua.NewTable();
        for (int i = 1; i < debugger.Code.Count; i++) arguments.Set(i, debugger.Code[i]);
        if (debugger.Code.Count == 1) arguments = Copy(lua, "ARGV");
        _evaluator.Start(chunk, host, Copy(lua, "KEYS"), arguments);
        return true;
    }

    private LuaTable Copy(LuaMachine lua, string global)
    {
        LuaTable copy = lua.NewTable();
        if (script.Globals.Get(LuaString.Name(global)).AsTable is not { } table) return copy;
        for (int i = 1; table.Get(i) is { IsNil: false } value; i++) copy.Set(i, value);
        return copy;
    }

    private LuaStatus Evaluate(long budget)
    {
        LuaStatus status = _evaluator!.Lua.Run(budget);
        if (status is LuaStatus.BudgetUsed or LuaStatus.Suspended) return status;
        debugger.Evaluated(status, _evaluator.Lua);
        _evaluator = null;
        return LuaStatus.Stopped;
    }
}
