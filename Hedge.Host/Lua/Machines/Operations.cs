using System.Text;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// What instructions do when their operands are not the usual ones: strings as numbers, metamethods, new
/// fields, errors. Each method returns true when the instruction is done; false when a metamethod was called
/// or an error is to be raised, so that <see cref="Calls.Advance"/> goes on. <see cref="Finish"/> ends an
/// instruction with what its metamethod returned.
/// </summary>
internal static class Operations
{
    private const int LoopMax = 100;

    /// <summary>Carries out the frame's last instruction.</summary>
    public static bool Execute(LuaMachine m, Frame f, ulong i)
    {
        Opcode code = Instruction.General(Instruction.Code(i));
        int a = Instruction.A(i);
        LuaValue[] stack = m.Thread.Stack;
        switch (code)
        {
            case Opcode.GetGlobal:
                return Index(m, f, f.Closure.Globals, f.Prototype!.Constants[Instruction.D(i)], a, -1);
            case Opcode.SetGlobal:
                return SetIndex(m, f, f.Closure.Globals, f.Prototype!.Constants[Instruction.D(i)],
                    stack[f.Base + a], -1);
            case Opcode.GetTable:
                int table = Instruction.B(i);
                return Index(m, f, stack[f.Base + table], Right(m, f, i), a, table);
            case Opcode.Self:
                int self = Instruction.B(i);
                LuaValue method = Right(m, f, i);
                stack[f.Base + a + 1] = stack[f.Base + self];
                return Index(m, f, stack[f.Base + self], method, a, self);
            case Opcode.SetTable:
                return SetIndex(m, f, stack[f.Base + a], Left(m, f, i), StoredValue(m, f, i), a);
            case Opcode.Equal:
                return Equal(m, f, i);
            case Opcode.LessThan:
                return LessThan(m, f, i);
            case Opcode.LessEqual:
                return LessEqual(m, f, i);
            case Opcode.Concat:
                return Concatenation.Go(m, f, i, Instruction.C(i));
            case Opcode.Length:
                return Length(m, f, i);
            case Opcode.Negate:
                return Arithmetic(m, f, i, code);
            default:
                return Arithmetic(m, f, i, code);
        }
    }

    /// <summary>Ends the instruction whose metamethod has returned.</summary>
    public static void Finish(LuaMachine m, Frame f, in LuaValue value, bool isNegated)
    {
        ulong i = f.Prototype!.Code[f.Pc - 1];
        switch (Instruction.General(Instruction.Code(i)))
        {
            case Opcode.Equal or Opcode.LessThan or Opcode.LessEqual:
                Conclude(f, i, value.IsFalsy == isNegated);
                break;
            case Opcode.SetGlobal or Opcode.SetTable:
                break;
            case Opcode.Concat:
                // The place of the left operand was kept in the frame.
                m.Thread.Stack[f.Base + f.ResultBase] = value;
                Concatenation.Go(m, f, i, f.ResultBase);
                break;
            default:
                m.Thread.Stack[f.Base + Instruction.A(i)] = value;
                break;
        }
    }

    /// <summary>The iterator of a <c>for in</c> has returned: sets the variables, or ends the loop.</summary>
    public static void FinishIteration(LuaMachine m, Frame f, int first, int count)
    {
        ulong i = f.Prototype!.Code[f.Pc - 1];
        int variables = Instruction.C(i);
        int at = f.Base + Instruction.A(i) + 3;
        LuaValue[] stack = m.Thread.Stack;
        int copied = Math.Min(count, variables);
        Array.Copy(stack, first, stack, at, copied);
        stack.AsSpan(at + copied, variables - copied).Clear();
        if (stack[at].IsNil) f.Pc++;
        else stack[at - 1] = stack[at];
    }

    /// <summary>The value of a field through metatables.</summary>
    public static bool Index(LuaMachine m, Frame f, in LuaValue table, in LuaValue key, int to, int register)
    {
        LuaValue at = table;
        for (int loop = 0; loop < LoopMax; loop++)
        {
            LuaValue handler;
            if (at.Ref is LuaTable t)
            {
                LuaValue found = t.Get(key);
                handler = found.IsNil && t.Metatable is not null
                    ? Metamethods.In(t.Metatable, MetaEvent.Index) : default;
                if (handler.IsNil)
                {
                    m.Thread.Stack[f.Base + to] = found;
                    return true;
                }
            }
            else
            {
                handler = Metamethods.Of(m, at, MetaEvent.Index);
                if (handler.IsNil) return TypeError(m, f, at, loop == 0 ? register : -1, "index");
            }

            if (handler.Ref is LuaFunction) return CallMetamethod(m, f, handler, at, key);
            at = handler;
        }

        return Raise(m, "loop in gettable");
    }

    /// <summary>Sets a field through metatables.</summary>
    public static bool SetIndex(
        LuaMachine m, Frame f, in LuaValue table, in LuaValue key, in LuaValue value, int register)
    {
        LuaValue at = table;
        for (int loop = 0; loop < LoopMax; loop++)
        {
            LuaValue handler;
            if (at.Ref is LuaTable t)
            {
                if (t.ReadOnly) return Raise(m, "Attempt to modify a readonly table");
                if (key.IsNil) return Raise(m, "table index is nil");
                if (key.IsNumber && double.IsNaN(key.Number)) return Raise(m, "table index is NaN");
                handler = t.Metatable is not null && t.Get(key).IsNil
                    ? Metamethods.In(t.Metatable, MetaEvent.NewIndex) : default;
                if (handler.IsNil)
                {
                    t.Set(key, value);
                    return true;
                }
            }
            else
            {
                handler = Metamethods.Of(m, at, MetaEvent.NewIndex);
                if (handler.IsNil) return TypeError(m, f, at, loop == 0 ? register : -1, "index");
            }

            if (handler.Ref is LuaFunction) return CallMetamethod(m, f, handler, at, key, value, 3);
            at = handler;
        }

        return Raise(m, "loop in settable");
    }

    /// <summary>Calls a metamethod; its result ends the frame's instruction.</summary>
    public static bool CallMetamethod(LuaMachine m, Frame f, in LuaValue handler, in LuaValue a,
        in LuaValue b,
        in LuaValue c = default, int count = 2, FrameMode mode = FrameMode.Metamethod)
    {
        LuaCoroutine thread = m.Thread;
        int at = f.Base + f.Prototype!.RegisterCount;
        if (!thread.Ensure(at + 4)) return Raise(m, "stack overflow");
        LuaValue[] stack = thread.Stack;
        stack[at] = handler;
        stack[at + 1] = a;
        stack[at + 2] = b;
        stack[at + 3] = c;
        thread.Top = at + 1 + count;
        Calls.Enter(m, at, count, 1, mode);
        return false;
    }

    /// <summary>A number, or a string that is one.</summary>
    public static bool ToNumber(in LuaValue value, out double number)
    {
        number = value.Number;
        return value.IsNumber || (value.Ref is LuaString text && LuaNumber.TryParse(text.Span, out number));
    }

    /// <summary>Raises an error with the position of the function of Lua that runs.</summary>
    public static bool Raise(LuaMachine m, string text)
    {
        Frame f = m.Thread.Frame;
        if (f.Prototype is not null) text = Positions.Of(f) + text;
        m.Error = m.NewString(Encoding.Latin1.GetBytes(text));
        m.IsRaising = true;
        return false;
    }

    /// <summary>Raises an error about a value that is in a register, or in none (-1).</summary>
    public static bool TypeError(LuaMachine m, Frame f, in LuaValue value, int register, string what)
    {
        string type = value.TypeName;
        string name = "";
        string? kind = register >= 0 && f.Prototype is not null ? VariableNames.Find(f, register, out name)
            : null;
        return Raise(m, kind is null ? $"attempt to {what} a {type} value"
            : $"attempt to {what} {kind} '{name}' (a {type} value)");
    }

    /// <summary>Raises the error of a call of something that is no function.</summary>
    public static void NotCallable(LuaMachine m, int index)
    {
        Frame f = m.Thread.Frame;
        int register = f.Prototype is not null && index - f.Base < f.Prototype.RegisterCount ? index - f.Base
            : -1;
        TypeError(m, f, m.Thread.Stack[index], register, "call");
    }

    /// <summary>The text of the error of comparing two values.</summary>
    public static string CompareError(in LuaValue a, in LuaValue b) => a.TypeName == b.TypeName
        ? $"attempt to compare two {a.TypeName} values"
        : $"attempt to compare {a.TypeName} with {b.TypeName}";

    private static LuaValue Left(LuaMachine m, Frame f, ulong i)
    {
        int register = LeftRegister(i, out int constant);
        return register >= 0 ? m.Thread.Stack[f.Base + register] : f.Prototype!.Constants[constant];
    }

    private static LuaValue Right(LuaMachine m, Frame f, ulong i)
    {
        int register = RightRegister(i, out int constant);
        return register >= 0 ? m.Thread.Stack[f.Base + register] : f.Prototype!.Constants[constant];
    }

    private static LuaValue StoredValue(LuaMachine m, Frame f, ulong i)
    {
        int c = Instruction.C(i);
        return Instruction.IsConstant(c) ? f.Prototype!.Constants[c & ~Instruction.ConstantBit]
            : m.Thread.Stack[f.Base + c];
    }

    private static int LeftRegister(ulong i, out int constant)
    {
        int b = Instruction.B(i);
        constant = b & ~Instruction.ConstantBit;
        bool isConstant = Instruction.Code(i) is Opcode.SubtractKR or Opcode.DivideKR or Opcode.LessThanKR
            or Opcode.LessEqualKR or Opcode.SetField;
        return isConstant || Instruction.IsConstant(b) ? -1 : b;
    }

    private static int RightRegister(ulong i, out int constant)
    {
        int c = Instruction.C(i);
        constant = c & ~Instruction.ConstantBit;
        bool isConstant = Instruction.Code(i) is Opcode.AddRK or Opcode.SubtractRK or Opcode.MultiplyRK
            or Opcode.DivideRK or Opcode.ModuloRK or Opcode.GetField or Opcode.EqualRK or Opcode.LessThanRK
            or Opcode.LessEqualRK;
        return isConstant || Instruction.IsConstant(c) ? -1 : c;
    }

    private static bool Arithmetic(LuaMachine m, Frame f, ulong i, Opcode code)
    {
        LuaValue a = Left(m, f, i);
        LuaValue b = code == Opcode.Negate ? a : Right(m, f, i);
        if (ToNumber(a, out double x) && ToNumber(b, out double y))
        {
            m.Thread.Stack[f.Base + Instruction.A(i)] = code switch
            {
                Opcode.Add => x + y,
                Opcode.Subtract => x - y,
                Opcode.Multiply => x * y,
                Opcode.Divide => x / y,
                Opcode.Modulo => LuaArithmetic.Modulo(x, y),
                Opcode.Power => LuaArithmetic.Power(x, y),
                _ => -x,
            };
            return true;
        }

        MetaEvent e = code == Opcode.Negate ? MetaEvent.Negate
            : (MetaEvent)(code - Opcode.Add + (int)MetaEvent.Add);
        LuaValue handler = Metamethods.Of(m, a, e);
        if (handler.IsNil) handler = Metamethods.Of(m, b, e);
        if (!handler.IsNil) return CallMetamethod(m, f, handler, a, b);
        bool leftIsNumber = ToNumber(a, out _);
        int register = leftIsNumber ? RightRegister(i, out _) : LeftRegister(i, out _);
        return TypeError(m, f, leftIsNumber ? b : a, register, "perform arithmetic on");
    }

    private static bool Length(LuaMachine m, Frame f, ulong i)
    {
        LuaValue value = m.Thread.Stack[f.Base + Instruction.B(i)];
        LuaValue handler = Metamethods.Of(m, value, MetaEvent.Length);
        return handler.IsNil ? TypeError(m, f, value, Instruction.B(i), "get length of")
            : CallMetamethod(m, f, handler, value, default);
    }

    private static bool Equal(LuaMachine m, Frame f, ulong i)
    {
        LuaValue a = Left(m, f, i);
        LuaValue b = Right(m, f, i);
        if (!LuaValue.RawEquals(a, b) && a.Type == b.Type && a.Type is LuaType.Table or LuaType.Userdata)
        {
            LuaValue handler = Metamethods.OfBoth(m, a, b, MetaEvent.Equal);
            if (!handler.IsNil) return CallMetamethod(m, f, handler, a, b);
        }

        return Conclude(f, i, LuaValue.RawEquals(a, b));
    }

    private static bool LessThan(LuaMachine m, Frame f, ulong i)
    {
        LuaValue a = Left(m, f, i);
        LuaValue b = Right(m, f, i);
        if (a.IsNumber && b.IsNumber) return Conclude(f, i, a.Number < b.Number);
        if (a.Ref is LuaString x && b.Ref is LuaString y) return Conclude(f, i, x.CompareTo(y) < 0);
        if (a.Type == b.Type)
        {
            LuaValue handler = Metamethods.OfBoth(m, a, b, MetaEvent.LessThan);
            if (!handler.IsNil) return CallMetamethod(m, f, handler, a, b);
        }

        return Raise(m, CompareError(a, b));
    }

    private static bool LessEqual(LuaMachine m, Frame f, ulong i)
    {
        LuaValue a = Left(m, f, i);
        LuaValue b = Right(m, f, i);
        if (a.IsNumber && b.IsNumber) return Conclude(f, i, a.Number <= b.Number);
        if (a.Ref is LuaString x && b.Ref is LuaString y) return Conclude(f, i, x.CompareTo(y) <= 0);
        if (a.Type == b.Type)
        {
            LuaValue handler = Metamethods.OfBoth(m, a, b, MetaEvent.LessEqual);
            if (!handler.IsNil) return CallMetamethod(m, f, handler, a, b);
            handler = Metamethods.OfBoth(m, b, a, MetaEvent.LessThan);
            if (!handler.IsNil)
                return CallMetamethod(m, f, handler, b, a, default, 2, FrameMode.NegatedMetamethod);
        }

        return Raise(m, CompareError(a, b));
    }

    // Takes the jump behind a comparison, or goes over it.
    private static bool Conclude(Frame f, ulong i, bool result)
    {
        int jump = Instruction.D(f.Prototype!.Code[f.Pc]);
        f.Pc += result == (Instruction.A(i) != 0) ? jump + 1 : 1;
        return true;
    }
}
