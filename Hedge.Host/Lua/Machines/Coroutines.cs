using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// Goes from one coroutine to another. Values that are passed are on the tops of the stacks.
/// </summary>
internal static class Coroutines
{
    /// <summary>A function of the host resumes a coroutine with the values on its top.</summary>
    public static void Resume(LuaMachine m)
    {
        LuaCoroutine from = m.Thread;
        LuaCoroutine to = m.ToResume!;
        m.ToResume = null;
        int count = m.ActionCount;
        from.Frame.HasFailed = false;
        if (!Calls.MayResume(from.ResumeDepth))
        {
            m.Error = LuaString.Name("C stack overflow");
            Unwinding.Fail(m, from.Frame);
            return;
        }

        Move(from, to, count);
        from.Status = CoroutineStatus.Normal;
        to.Status = CoroutineStatus.Running;
        to.Resumer = from;
        to.ResumeDepth = from.ResumeDepth + 1;
        m.Thread = to;
        if (to.Frame == to.Bottom) Calls.Enter(m, to.Top - count - 1, count, -1, FrameMode.Body);
        else Calls.Return(m, to.Frame, to.Top - count, count);
    }

    /// <summary>The coroutine gives the values on its top to its resumer.</summary>
    public static void Yield(LuaMachine m)
    {
        m.Thread.Status = CoroutineStatus.Suspended;
        Leave(m, m.ActionCount);
    }

    /// <summary>The coroutine's function has returned.</summary>
    public static void Finish(LuaMachine m)
    {
        LuaCoroutine ended = m.Thread;
        ended.Status = CoroutineStatus.Dead;
        Leave(m, ended.Top - ended.Bottom.ResultBase);
        ended.Clear();
    }

    /// <summary>The coroutine has ended with the machine's error.</summary>
    public static void Fail(LuaMachine m)
    {
        LuaCoroutine ended = m.Thread;
        ended.Clear();
        ended.Status = CoroutineStatus.Dead;
        LuaCoroutine back = ended.Resumer!;
        ended.Resumer = null;
        back.Status = CoroutineStatus.Running;
        m.Thread = back;
        Unwinding.Fail(m, back.Frame);
    }

    // The resuming function returns at once: the values alone when it is the coroutine's own, else true
    // before them.
    private static void Leave(LuaMachine m, int count)
    {
        LuaCoroutine from = m.Thread;
        LuaCoroutine back = from.Resumer!;
        from.Resumer = null;
        m.Thread = back;
        back.Status = CoroutineStatus.Running;
        back.Frame.ResultBase = back.Frame.Base + back.Frame.ArgumentCount;
        back.Top = back.Frame.ResultBase;
        Move(from, back, count);
        Frame frame = back.Frame;
        if (frame.Function is not HostFunction { Data: LuaCoroutine })
        {
            // The place below the values is an argument's.
            back.Stack[frame.ResultBase - 1] = true;
            count++;
        }

        Calls.Return(m, frame, back.Top - count, count);
    }

    private static void Move(LuaCoroutine from, LuaCoroutine to, int count)
    {
        if (!to.Ensure(to.Top + count)) throw new LuaMemoryException();
        from.Stack.AsSpan(from.Top - count, count).CopyTo(to.Stack.AsSpan(to.Top));
        from.Top -= count;
        to.Top += count;
    }
}
