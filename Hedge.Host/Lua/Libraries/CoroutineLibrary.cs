using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The library <c>coroutine</c>.</summary>
internal static class CoroutineLibrary
{
    private const int FirstStack = 8;

    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "coroutine");
        LuaLibraries.Set(m, t, "create", static c => c.Return(Create(c)));
        LuaLibraries.Set(m, t, "resume", Resume);
        LuaLibraries.Set(m, t, "running", Running);
        LuaLibraries.Set(m, t, "status", Status);
        LuaLibraries.Set(m, t, "wrap", Wrap);
        LuaLibraries.Set(m, t, "yield", Yield);
    }

    private static LuaCoroutine Create(LuaCall c)
    {
        if (c[1].Ref is not LuaClosure function) throw c.BadArgument(1, "Lua function expected");
        var made = new LuaCoroutine(c.Machine.Memory, c.Machine.Thread.Globals,
            FirstStack + LuaCoroutine.Spare + function.Prototype.RegisterCount);
        made.Stack[1] = function;
        made.Top = 2;
        return made;
    }

    private static LuaAction Resume(LuaCall c)
    {
        if (c.Step == 0)
        {
            if (c[1].Ref is not LuaCoroutine coroutine) throw c.BadArgument(1, "coroutine expected");
            if (Problem(coroutine) is { } problem) return c.Return(false, LuaString.Name(problem));
            return Start(c, coroutine, c.Count - 1);
        }

        // Only a failure comes back here.
        return c.Return(false, c.Result(1));
    }

    private static LuaAction Wrap(LuaCall c)
    {
        LuaCoroutine made = Create(c);
        c.Machine.Memory.Charge(HostFunction.OwnBytes);
        return c.Return(new HostFunction("wrap", Wrapped, made) { Environment = c.Machine.Globals });
    }

    private static LuaAction Wrapped(LuaCall c)
    {
        if (c.Step == 0)
        {
            var coroutine = (LuaCoroutine)c.Data!;
            return Problem(coroutine) is { } problem ? c.Error(problem) : Start(c, coroutine, c.Count);
        }

        // Only a failure comes back here.
        LuaValue error = c.Result(1);
        return error.Ref is LuaString || error.IsNumber
            ? c.Error(BaseLibrary.Text(c.Machine, error).AsString!.ToString()) : c.Raise(error);
    }

    private static LuaAction Yield(LuaCall c)
    {
        LuaCoroutine thread = c.Machine.Thread;
        if (thread == c.Machine.Main || thread.Boundaries > 0)
            return c.Error("attempt to yield across metamethod/C-call boundary", 0);
        c.Machine.ActionCount = c.Count;
        return LuaAction.Yield;
    }

    private static LuaAction Running(LuaCall c)
    {
        LuaCoroutine thread = c.Machine.Thread;
        return c.Return(thread == c.Machine.Main ? default(LuaValue) : thread);
    }

    private static LuaAction Status(LuaCall c)
    {
        if (c[1].Ref is not LuaCoroutine coroutine) throw c.BadArgument(1, "coroutine expected");
        return c.Return(LuaString.Name(Name(coroutine)));
    }

    private static string Name(LuaCoroutine coroutine) => coroutine.Status switch
    {
        CoroutineStatus.Running => "running",
        CoroutineStatus.Suspended => "suspended",
        CoroutineStatus.Normal => "normal",
        _ => "dead",
    };

    private static string? Problem(LuaCoroutine coroutine) =>
        coroutine.Status == CoroutineStatus.Suspended ? null : $"cannot resume {Name(coroutine)} coroutine";

    private static LuaAction Start(LuaCall c, LuaCoroutine coroutine, int count)
    {
        c.Machine.ToResume = coroutine;
        c.Machine.ActionCount = count;
        c.Frame.Step = 1;
        return LuaAction.Resume;
    }
}
