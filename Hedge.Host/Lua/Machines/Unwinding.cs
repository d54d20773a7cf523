using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// Errors on their way: to the nearest frame that catches them, in this coroutine or in those that resumed
/// it. The handler of
/// <c>xpcall</c> is called before any frame is taken away.
/// </summary>
internal static class Unwinding
{
    /// <summary>What a protected call keeps: the handler, or nothing.</summary>
    internal sealed class ErrorHandler(LuaValue function) : IMemoryHolder
    {
        public LuaValue Function { get; } = function;

        public void Count(MemoryCount count) => count.Add(Function);
    }

    /// <summary>Brings the error to who catches it, or to a handler first; false when nobody does.</summary>
    public static bool Raise(LuaMachine m)
    {
        LuaCoroutine thread = m.Thread;
        Frame at = thread.Frame;
        while (at.Function is not null && !at.IsProtected) at = at.Previous!;
        if (at.Function is null)
        {
            if (thread == m.Main)
            {
                m.NoteErrorPlace();
                return false;
            }

            m.IsRaising = m.IsHandled = false;
            Coroutines.Fail(m);
            return true;
        }

        if (!m.IsHandled && at.State is ErrorHandler handler)
        {
            CallHandler(m, handler.Function);
            return true;
        }

        m.IsRaising = m.IsHandled = false;
        thread.UnwindTo(at);
        thread.Close(at.Base);
        Fail(m, at);
        return true;
    }

    /// <summary>Gives the error to a frame as the one result of what it called.</summary>
    public static void Fail(LuaMachine m, Frame frame)
    {
        LuaCoroutine thread = m.Thread;
        frame.IsProtected = false;
        frame.HasFailed = true;
        frame.ResultBase = frame.Base + frame.ArgumentCount;
        thread.Stack[frame.ResultBase] = m.Error;
        thread.Top = frame.ResultBase + 1;
        m.Error = default;
    }

    private static void CallHandler(LuaMachine m, in LuaValue handler)
    {
        LuaCoroutine thread = m.Thread;
        Frame top = thread.Frame;
        int at = Math.Max(thread.Top, top.Prototype is null ? 0 : top.Base + top.Prototype.RegisterCount);
        if (handler.Ref is not LuaFunction || !thread.Ensure(at + 2))
        {
            m.Error = LuaString.Name("error in error handling");
            m.IsHandled = true;
            return;
        }

        thread.Stack[at] = handler;
        thread.Stack[at + 1] = m.Error;
        thread.Top = at + 2;
        int boundaries = thread.Boundaries;
        Calls.Enter(m, at, 1, 1, FrameMode.Handler);
        // The error waits until the handler has returned; one that could not be called is an error itself.
        if (thread.Boundaries > boundaries) m.IsRaising = false;
    }
}
