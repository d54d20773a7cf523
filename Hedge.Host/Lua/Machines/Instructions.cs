using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// The rarer instructions. True: go on with the frame on the top; false: <see cref="Calls.Advance"/> has to
/// look.
/// </summary>
internal static class Instructions
{
    public static bool Execute(LuaMachine m, Frame f, ulong i)
    {
        int a = Instruction.A(i);
        switch (Instruction.Code(i))
        {
            case Opcode.ForPrepare:
                return PrepareFor(m, f, i, f.Base + a);
            case Opcode.SetList:
                return SetList(m, f, i);
            case Opcode.Close:
                m.Thread.Close(f.Base + a);
                return true;
            case Opcode.Closure:
                MakeClosure(m, f, i);
                return true;
            case Opcode.VarArg:
                return CopyArguments(m, f, i);
            case Opcode.TailCall:
                TailCall(m, f, i);
                return false;
            default:
                return Operations.Raise(m, "invalid instruction");
        }
    }

    /// <summary>A turn of <c>for in</c>.</summary>
    public static bool Iterate(LuaMachine m, Frame f, ulong i)
    {
        LuaCoroutine thread = m.Thread;
        int at = f.Base + Instruction.A(i);
        LuaValue[] stack = thread.Stack;
        m.Budget--;
        if (stack[at].Ref is HostFunction { Data: Traversal } && stack[at + 1].Ref is LuaTable table
            && Traversal.Step(table, ref stack[at + 2], stack.AsSpan(at + 3, 2)))
        {
            if (Instruction.C(i) > 2) stack.AsSpan(at + 5, Instruction.C(i) - 2).Clear();
            if (stack[at + 3].IsNil) f.Pc++;
            return m.Budget > 0;
        }

        stack.AsSpan(at, 3).CopyTo(stack.AsSpan(at + 3));
        thread.Top = at + 6;
        Calls.Enter(m, at + 3, 2, Instruction.C(i), FrameMode.Iterator);
        return false;
    }

    private static bool PrepareFor(LuaMachine m, Frame f, ulong i, int at)
    {
        LuaValue[] stack = m.Thread.Stack;
        if (!ToNumber(ref stack[at])) return Operations.Raise(m, "'for' initial value must be a number");
        if (!ToNumber(ref stack[at + 1])) return Operations.Raise(m, "'for' limit must be a number");
        if (!ToNumber(ref stack[at + 2])) return Operations.Raise(m, "'for' step must be a number");
        stack[at].Number -= stack[at + 2].Number;
        f.Pc += Instruction.D(i);
        return true;
    }

    private static bool ToNumber(ref LuaValue value)
    {
        if (value.IsNumber) return true;
        if (!Operations.ToNumber(value, out double number)) return false;
        value = number;
        return true;
    }

    private static bool SetList(LuaMachine m, Frame f, ulong i)
    {
        int at = f.Base + Instruction.A(i);
        int count = Instruction.B(i);
        if (count == 0) count = m.Thread.Top - at - 1;
        int before = (Instruction.D(i) - 1) * Instruction.FieldsPerFlush;
        LuaValue[] stack = m.Thread.Stack;
        var table = (LuaTable)stack[at].Ref!;
        table.GrowArray(before + count);
        for (int n = 1; n <= count; n++) table.Set(before + n, stack[at + n]);
        m.Budget -= count;
        return true;
    }

    private static void MakeClosure(LuaMachine m, Frame f, ulong i)
    {
        LuaPrototype p = f.Prototype!.Inner[Instruction.D(i)];
        LuaClosure outer = f.Closure;
        var upvalues = p.Upvalues.Length == 0 ? [] : new Upvalue[p.Upvalues.Length];
        m.Memory.Charge(LuaClosure.OwnBytes + (upvalues.Length * 8L));
        for (int n = 0; n < upvalues.Length; n++)
        {
            ulong bound = f.Prototype.Code[f.Pc++];
            upvalues[n] = Instruction.Code(bound) == Opcode.GetUpvalue ? outer.Upvalues[Instruction.B(bound)]
                : m.Thread.OpenUpvalue(f.Base + Instruction.B(bound));
        }

        m.Thread.Stack[f.Base + Instruction.A(i)] =
            new LuaClosure(p, outer.Globals, upvalues);
    }

    private static bool CopyArguments(LuaMachine m, Frame f, ulong i)
    {
        LuaCoroutine thread = m.Thread;
        int first = f.FunctionIndex + 1 + f.Prototype!.ParameterCount;
        int there = Math.Max(f.Base - first, 0);
        int to = f.Base + Instruction.A(i);
        int wanted = Instruction.B(i) - 1;
        if (wanted < 0)
        {
            wanted = there;
            if (!thread.Ensure(to + there)) return Operations.Raise(m, "stack overflow");
            thread.Top = to + there;
            m.Budget -= there / 8;
        }

        LuaValue[] stack = thread.Stack;
        int copied = Math.Min(wanted, there);
        Array.Copy(stack, first, stack, to, copied);
        stack.AsSpan(to + copied, wanted - copied).Clear();
        return true;
    }

    // The called function takes the frame's place. What is no function of Lua is called as usual: a return
    // follows.
    private static void TailCall(LuaMachine m, Frame f, ulong i)
    {
        LuaCoroutine thread = m.Thread;
        int index = f.Base + Instruction.A(i);
        int count = Instruction.B(i) != 0 ? Instruction.B(i) - 1 : thread.Top - index - 1;
        if (thread.Stack[index].Ref is not LuaClosure closure)
        {
            Calls.Enter(m, index, count, -1, FrameMode.Call);
            return;
        }

        m.Budget -= 4;
        thread.Close(f.Base);
        int tailCalls = f.TailCalls + 1;
        (int place, int wanted, FrameMode mode) = (f.FunctionIndex, f.Wanted, f.Mode);
        Array.Copy(thread.Stack, index, thread.Stack, place, count + 1);
        thread.Frame = f.Previous!;
        if (Calls.EnterLua(m, closure, place, count, wanted, mode)) thread.Frame.TailCalls = tailCalls;
        else if (mode > FrameMode.Body) thread.Boundaries--;
    }
}
