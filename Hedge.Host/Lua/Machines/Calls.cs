using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// Calls and returns, errors, and what functions of the host ask for. Nothing here calls Lua: it changes
/// frames, and
/// <see cref="Interpreter"/> goes on with the one on the top. Where a method returns false, the top has
/// changed or an error is to be raised, so <see cref="Advance"/> decides how to go on.
/// </summary>
internal static class Calls
{
    private const int BoundariesMax = 200;
    private const int BoundariesWithHandlers = 225;
    private const int ResumesMax = 198;
    private const int CallCost = 4;
    private const int ValuesPerInstruction = 8;

    /// <summary>Calls what is on the stack at an index, with the arguments behind it.</summary>
    public static void Enter(LuaMachine m, int index, int argumentCount, int wanted, FrameMode mode)
    {
        LuaCoroutine thread = m.Thread;
        if (mode > FrameMode.Body && !CountBoundary(m, thread)) return;
        if (thread.Stack[index].Ref is not LuaFunction)
        {
            LuaValue handler = Metamethods.Of(m, thread.Stack[index], MetaEvent.Call);
            if (handler.Ref is not LuaFunction || !thread.Ensure(index + argumentCount + 2))
            {
                if (mode > FrameMode.Body) thread.Boundaries--;
                Operations.NotCallable(m, index);
                return;
            }

            // The value itself is the first argument.
            LuaValue[] stack = thread.Stack;
            Array.Copy(stack, index, stack, index + 1, argumentCount + 1);
            stack[index] = handler;
            argumentCount++;
        }

        bool entered = thread.Stack[index].Ref is LuaClosure closure
            ? EnterLua(m, closure, index, argumentCount, wanted, mode)
            : EnterHost(m, index, argumentCount, wanted, mode);
        if (!entered && mode > FrameMode.Body) thread.Boundaries--;
    }

    /// <summary>Calls a function of Lua.</summary>
    public static bool EnterLua(LuaMachine m, LuaClosure closure, int index, int count, int wanted,
        FrameMode mode)
    {
        LuaCoroutine thread = m.Thread;
        LuaPrototype p = closure.Prototype;
        Frame? frame = thread.Above(thread.Frame);
        if (frame is null || !thread.Ensure(index + 2 + count + p.RegisterCount)) return Overflow(m, frame);
        int first = index + 1;
        m.Budget -= count / ValuesPerInstruction;
        if (p.IsVarArg) first = MoveArguments(m, thread, p, first, count);
        else thread.Stack.AsSpan(first + count, Math.Max(p.ParameterCount - count, 0)).Clear();
        frame.Function = closure;
        frame.Prototype = p;
        frame.FunctionIndex = index;
        frame.Base = first;
        frame.Pc = 0;
        frame.Wanted = wanted;
        frame.Mode = mode;
        frame.TailCalls = 0;
        frame.IsProtected = false;
        thread.Frame = frame;
        return true;
    }

    /// <summary>Calls a function of the host: makes its frame, and does not run it.</summary>
    public static bool EnterHost(LuaMachine m, int index, int count, int wanted, FrameMode mode)
    {
        LuaCoroutine thread = m.Thread;
        Frame? frame = thread.Above(thread.Frame);
        if (frame is null || !thread.Ensure(index + 1 + count)) return Overflow(m, frame);
        frame.EnterHost((HostFunction)thread.Stack[index].Ref!, index, count, wanted, mode);
        thread.Top = index + 1 + count;
        thread.Frame = frame;
        return true;
    }

    /// <summary>An instruction calls a function of the host; true when it has returned already.</summary>
    public static bool CallHost(LuaMachine m, int index, int count, int wanted)
    {
        if (!EnterHost(m, index, count, wanted, FrameMode.Call)) return false;
        LuaCoroutine thread = m.Thread;
        Frame frame = thread.Frame;
        LuaAction action = Invoke(m, frame);
        m.Budget -= CallCost;
        if (action.Code < 0)
        {
            m.Pending = action;
            return false;
        }

        frame.State = null;
        thread.Frame = frame.Previous!;
        Deliver(thread, frame.FunctionIndex, thread.Top - action.Code, action.Code, wanted);
        return m.Budget > 0;
    }

    /// <summary>
    /// Goes on until a function of Lua is on the top, and returns null; or until the run ends or pauses.
    /// </summary>
    public static LuaStatus? Advance(LuaMachine m)
    {
        while (true)
        {
            if (m.IsRaising)
            {
                if (!Unwinding.Raise(m)) return LuaStatus.Failed;
                continue;
            }

            Frame frame = m.Thread.Frame;
            LuaAction action = m.Pending;
            m.Pending = default;
            if (action.Code == 0)
            {
                if (frame.Prototype is not null) return m.Budget > 0 ? null : LuaStatus.BudgetUsed;
                if (frame.Function is null)
                {
                    if (m.Thread == m.Main) return LuaStatus.Finished;
                    Coroutines.Finish(m);
                    continue;
                }

                if (m.Budget <= 0) return LuaStatus.BudgetUsed;
                // Paid afterwards, so that a body with the smallest budget gets on.
                action = Invoke(m, frame);
                m.Budget -= CallCost;
            }

            if (action.Code >= 0) ReturnFromHost(m, frame, action.Code);
            else if (action == LuaAction.Call) CallFromHost(m);
            else if (action == LuaAction.Again) return LuaStatus.BudgetUsed;
            else if (action == LuaAction.Suspend) return LuaStatus.Suspended;
            else if (action == LuaAction.Yield) Coroutines.Yield(m);
            else if (action == LuaAction.Resume) Coroutines.Resume(m);
        }
    }

    /// <summary>A function of Lua returns to a caller that is no instruction for calls.</summary>
    public static void Return(LuaMachine m, Frame frame, int first, int count)
    {
        LuaCoroutine thread = m.Thread;
        thread.Frame = frame.Previous!;
        if (frame.Mode > FrameMode.Body) thread.Boundaries--;
        switch (frame.Mode)
        {
            case FrameMode.Call:
                Deliver(thread, frame.FunctionIndex, first, count, frame.Wanted);
                break;
            case FrameMode.Body or FrameMode.Callback:
                Deliver(thread, frame.FunctionIndex, first, count, -1);
                thread.Frame.ResultBase = frame.FunctionIndex;
                break;
            case FrameMode.Handler:
                m.Error = count > 0 ? thread.Stack[first] : default;
                m.IsRaising = m.IsHandled = true;
                break;
            case FrameMode.Iterator:
                Operations.FinishIteration(m, thread.Frame, first, count);
                break;
            default:
                Operations.Finish(m, thread.Frame, count > 0 ? thread.Stack[first] : default,
                    frame.Mode == FrameMode.NegatedMetamethod);
                break;
        }
    }

    private static void ReturnFromHost(LuaMachine m, Frame frame, int count)
    {
        frame.State = null;
        Return(m, frame, m.Thread.Top - count, count);
    }

    private static void CallFromHost(LuaMachine m)
    {
        int count = m.ActionCount;
        m.Thread.Frame.HasFailed = false;
        Enter(m, m.Thread.Top - count - 1, count, -1, FrameMode.Callback);
    }

    // Copies results down to where the caller expects them.
    private static void Deliver(LuaCoroutine thread, int to, int first, int count, int wanted)
    {
        LuaValue[] stack = thread.Stack;
        if (wanted == 1)
        {
            stack[to] = count > 0 ? stack[first] : default;
            return;
        }

        int copied = wanted < 0 ? count : Math.Min(count, wanted);
        if (to != first) Array.Copy(stack, first, stack, to, copied);
        if (wanted < 0) thread.Top = to + count;
        else if (wanted > count) stack.AsSpan(to + count, wanted - count).Clear();
    }

    private static LuaAction Invoke(LuaMachine m, Frame frame)
    {
        var call = new LuaCall(m, frame);
        try
        {
            return ((HostFunction)frame.Function!).Body(call);
        }
        catch (LuaException e)
        {
            return call.Raise(e.Value);
        }
    }

    // Variable arguments stay below the registers; the parameters move up.
    private static int MoveArguments(LuaMachine m, LuaCoroutine thread, LuaPrototype p, int first, int count)
    {
        LuaValue[] stack = thread.Stack;
        for (; count < p.ParameterCount; count++) stack[first + count] = default;
        LuaTable? arg = p.NeedsArg ? ArgumentTable(m, stack.AsSpan(first, count)[p.ParameterCount..]) : null;
        int moved = first + count;
        for (int i = 0; i < p.ParameterCount; i++)
        {
            stack[moved + i] = stack[first + i];
            stack[first + i] = default;
        }

        if (p.HasArg) stack[moved + p.ParameterCount] = arg;
        return moved;
    }

    private static LuaTable ArgumentTable(LuaMachine m, ReadOnlySpan<LuaValue> values)
    {
        LuaTable table = m.NewTable(values.Length, 1);
        for (int i = 0; i < values.Length; i++) table.Set(i + 1, values[i]);
        table.Set("n", values.Length);
        return table;
    }

    private static bool CountBoundary(LuaMachine m, LuaCoroutine thread)
    {
        thread.Boundaries++;
        if (thread.Boundaries < BoundariesMax || (m.IsRaising && thread.Boundaries < BoundariesWithHandlers))
            return true;
        thread.Boundaries--;
        if (!m.IsRaising) return Operations.Raise(m, "C stack overflow");
        m.Error = LuaString.Name("error in error handling");
        m.IsHandled = true;
        return false;
    }

    private static bool Overflow(LuaMachine m, Frame? frame)
    {
        LuaCoroutine thread = m.Thread;
        if (frame is null && thread.HasOverflowed)
        {
            m.Error = LuaString.Name("error in error handling");
            m.IsRaising = m.IsHandled = true;
            return false;
        }

        thread.HasOverflowed = true;
        return Operations.Raise(m, "stack overflow");
    }

    /// <summary>Whether a coroutine may be resumed so deep.</summary>
    public static bool MayResume(int depth) => depth < ResumesMax;
}
