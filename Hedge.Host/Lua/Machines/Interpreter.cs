using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;
using static Hedge.Host.Lua.Compilers.Instruction;
using static Hedge.Host.Lua.Machines.Operands;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// The loop of instructions. It knows the frame on the top as references to its registers, constants and next
/// instruction, without checks of bounds:
/// <list type="bullet">
/// <item>a register's number is below the function's count of registers, which the compiler keeps, and a call
/// makes sure of that much stack (<see cref="LuaCoroutine.Ensure"/>);</item>
/// <item>what may make the stack longer (a call, a metamethod) goes by <c>advance</c> or <c>reload</c>, which
/// fetch the references anew;</item>
/// <item>constants and instructions are the compiler's, and nobody changes them.</item>
/// </list>
/// </summary>
internal static class Interpreter
{
    private const int CallCost = 4;
    private const int Spare = LuaCoroutine.Spare;

    /// <summary>The budget is asked for at jumps back, at calls and in functions of the host.</summary>
    internal readonly struct Fast;

    /// <summary>The budget and the line hook are asked before each instruction.</summary>
    internal readonly struct Watched;

    /// <summary>
    /// Goes on with the machine's run until it ends or pauses. One method, far longer than others may be: the
    /// processor keeps what it knows of the frame in registers only within one.
    /// </summary>
    public static LuaStatus Run<TMode>(LuaMachine m) where TMode : struct
    {
        Frame f;
        ref LuaValue r = ref Unsafe.NullRef<LuaValue>();
        ref LuaValue k = ref Unsafe.NullRef<LuaValue>();
        ref ulong ip = ref Unsafe.NullRef<ulong>();
        ulong i;

    advance:
        if (Calls.Advance(m) is { } status) return status;

    reload:
        f = m.Thread.Frame;
        r = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(m.Thread.Stack), f.Base);
        k = ref MemoryMarshal.GetArrayDataReference(f.Prototype!.Constants);
        ip = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(f.Prototype.Code), f.Pc);

        while (true)
        {
            if (typeof(TMode) == typeof(Watched))
            {
                f.Pc = PcOf(f, ref ip);
                if (m.Budget <= 0) return LuaStatus.BudgetUsed;
                m.Budget--;
                int pc = f.Pc;
                bool stops = m.Lines.Stops(m, f, pc);
                f.Pc = pc;
                if (stops) return LuaStatus.Stopped;
            }

            i = ip;
            ip = ref Unsafe.Add(ref ip, 1);
            switch ((Opcode)(byte)i)
            {
                case Opcode.Move:
                    Copy(ref A(ref r, i), ref Unsafe.Add(ref r, B(i)));
                    continue;
                case Opcode.LoadConstant:
                    Copy(ref A(ref r, i), ref Unsafe.Add(ref k, D(i)));
                    continue;
                case Opcode.LoadBoolean:
                    A(ref r, i) = B(i) != 0;
                    ip = ref Unsafe.Add(ref ip, C(i));
                    continue;
                case Opcode.LoadNil:
                    for (nint n = B(i) - (nint)(byte)(i >> 8); n >= 0; n--)
                        Unsafe.Add(ref A(ref r, i), n) = default;
                    continue;
                case Opcode.GetUpvalue:
                    {
                        Upvalue u = Upvalue(f, B(i));
                        if (u.Stack is null) Copy(ref A(ref r, i), ref u.Closed);
                        else Copy(ref A(ref r, i), ref u.Stack[u.Index]);
                        continue;
                    }

                case Opcode.SetUpvalue:
                    {
                        Upvalue u = Upvalue(f, B(i));
                        if (u.Stack is null) Copy(ref u.Closed, ref A(ref r, i));
                        else Copy(ref u.Stack[u.Index], ref A(ref r, i));
                        continue;
                    }

                case Opcode.GetGlobal:
                    {
                        LuaTable globals = Unsafe.As<LuaFunction>(f.Function!).Environment!;
                        ref LuaValue found = ref globals.Find(Text(ref k, D(i)));
                        if (found.Ref is null) goto slow;
                        Copy(ref A(ref r, Last(ref ip)), ref found);
                        continue;
                    }

                case Opcode.GetField:
                    {
                        if (Unsafe.Add(ref r, B(i)).Ref is not LuaTable table) goto slow;
                        ref LuaValue found = ref table.Find(Text(ref k, C(i)));
                        if (found.Ref is null && table.Metatable is not null)
                        {
                            found = ref Metamethods.Inherited(table, Text(ref k, C(Last(ref ip))));
                            if (Unsafe.IsNullRef(ref found)) goto slow;
                        }

                        Copy(ref A(ref r, Last(ref ip)), ref found);
                        continue;
                    }

                case Opcode.GetIndex:
                    {
                        if (Unsafe.Add(ref r, B(i)).Ref is not LuaTable table) goto slow;
                        ref LuaValue key = ref Unsafe.Add(ref r, C(i));
                        ref LuaValue found = ref key.IsNumber ? ref table.Find(key.Number)
                            : ref table.Find(key);
                        if (found.Ref is null && table.Metatable is not null) goto slow;
                        Copy(ref A(ref r, Last(ref ip)), ref found);
                        continue;
                    }

                case Opcode.SetField:
                    {
                        if (A(ref r, i).Ref is not LuaTable table) goto slow;
                        ref LuaValue found = ref table.Find(Text(ref k, B(i)));
                        if (found.Ref is null || table.ReadOnly) goto slow;
                        Copy(ref found, ref Operand(ref r, ref k, C(Last(ref ip))));
                        continue;
                    }

                case Opcode.SetIndex:
                    {
                        if (A(ref r, i).Ref is not LuaTable table) goto slow;
                        ref LuaValue key = ref Unsafe.Add(ref r, B(i));
                        if (!key.IsNumber) goto slow;
                        ref LuaValue found = ref table.Find(key.Number);
                        if (table.ReadOnly || (found.Ref is null && (table.Metatable is not null
                            || LuaTable.IsAbsent(ref found))))
                        {
                            goto slow;
                        }

                        Copy(ref found, ref Operand(ref r, ref k, C(Last(ref ip))));
                        continue;
                    }

                case Opcode.Self:
                    {
                        if (Unsafe.Add(ref r, B(i)).Ref is not LuaTable table
                            || !Instruction.IsConstant(C(i))) goto slow;
                        LuaString name = Text(ref k, C(i) & ~Instruction.ConstantBit);
                        ref LuaValue found = ref table.Find(name);
                        if (found.Ref is null) found = ref Metamethods.Inherited(table, name);
                        if (Unsafe.IsNullRef(ref found)) goto slow;
                        i = Last(ref ip);
                        Unsafe.Add(ref A(ref r, i), 1) = Unsafe.Add(ref r, B(i));
                        A(ref r, i) = found;
                        continue;
                    }

                case Opcode.NewTable:
                    {
                        var table = new LuaTable(m.Memory, TableSize.Decode(B(i)), TableSize.Decode(C(i)));
                        A(ref r, Last(ref ip)) = table;
                        continue;
                    }

                case Opcode.AddRR:
                    if (!AreNumbers(ref r, i)) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) + Number(ref r, C(i)));
                    continue;
                case Opcode.AddRK:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) + Number(ref k, C(i)));
                    continue;
                case Opcode.SubtractRR:
                    if (!AreNumbers(ref r, i)) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) - Number(ref r, C(i)));
                    continue;
                case Opcode.SubtractRK:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) - Number(ref k, C(i)));
                    continue;
                case Opcode.SubtractKR:
                    if (!Unsafe.Add(ref r, C(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref k, B(i)) - Number(ref r, C(i)));
                    continue;
                case Opcode.MultiplyRR:
                    if (!AreNumbers(ref r, i)) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) * Number(ref r, C(i)));
                    continue;
                case Opcode.MultiplyRK:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) * Number(ref k, C(i)));
                    continue;
                case Opcode.DivideRR:
                    if (!AreNumbers(ref r, i)) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) / Number(ref r, C(i)));
                    continue;
                case Opcode.DivideRK:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref r, B(i)) / Number(ref k, C(i)));
                    continue;
                case Opcode.DivideKR:
                    if (!Unsafe.Add(ref r, C(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(Number(ref k, B(i)) / Number(ref r, C(i)));
                    continue;
                case Opcode.ModuloRK:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(LuaArithmetic.Modulo(Number(ref r, B(i)), Number(ref k, C(i))));
                    continue;
                case Opcode.Negate:
                    if (!Unsafe.Add(ref r, B(i)).IsNumber) goto slow;
                    A(ref r, i).SetNumber(-Number(ref r, B(i)));
                    continue;
                case Opcode.Not:
                    A(ref r, i) = Unsafe.Add(ref r, B(i)).IsFalsy;
                    continue;
                case Opcode.Length:
                    {
                        object? b = Unsafe.Add(ref r, B(i)).Ref;
                        if (b is LuaTable table) A(ref r, i).SetNumber(table.Length());
                        else if (b is LuaString text) A(ref r, i).SetNumber(text.Length);
                        else goto slow;
                        continue;
                    }

                case Opcode.Jump:
                    ip = ref Unsafe.Add(ref ip, D(i));
                    if (D(i) >= 0 || (m.Budget += D(i)) > 0) continue;
                    goto pause;
                case Opcode.Equal or Opcode.EqualRK:
                    {
                        ref LuaValue b = ref Operand(ref r, ref k, B(i));
                        ref LuaValue c = ref (Opcode)(byte)i == Opcode.EqualRK ? ref Unsafe.Add(ref k, C(i))
                            : ref Operand(ref r, ref k, C(i));
                        bool same = LuaValue.RawEquals(b, c);
                        if (!same && b.Ref is LuaObject and not LuaString) goto slow;
                        if (same == ((i & 0xFF00) != 0)) goto jump;
                        ip = ref Unsafe.Add(ref ip, 1);
                        continue;
                    }

                case Opcode.LessThanRR or Opcode.LessThanRK or Opcode.LessThanKR:
                    {
                        ref LuaValue b = ref Left(ref r, ref k, i, Opcode.LessThanKR);
                        ref LuaValue c = ref Right(ref r, ref k, i, Opcode.LessThanRK);
                        if (!b.IsNumber || !c.IsNumber) goto slow;
                        if (b.Number < c.Number == ((i & 0xFF00) != 0)) goto jump;
                        ip = ref Unsafe.Add(ref ip, 1);
                        continue;
                    }

                case Opcode.LessEqualRR or Opcode.LessEqualRK or Opcode.LessEqualKR:
                    {
                        ref LuaValue b = ref Left(ref r, ref k, i, Opcode.LessEqualKR);
                        ref LuaValue c = ref Right(ref r, ref k, i, Opcode.LessEqualRK);
                        if (!b.IsNumber || !c.IsNumber) goto slow;
                        if (b.Number <= c.Number == ((i & 0xFF00) != 0)) goto jump;
                        ip = ref Unsafe.Add(ref ip, 1);
                        continue;
                    }

                case Opcode.Test:
                    if (A(ref r, i).IsFalsy != (C(i) != 0)) goto jump;
                    ip = ref Unsafe.Add(ref ip, 1);
                    continue;
                case Opcode.TestSet:
                    {
                        ref LuaValue b = ref Unsafe.Add(ref r, B(i));
                        ip = ref Unsafe.Add(ref ip, 1);
                        if (b.IsFalsy == (C(i) != 0)) continue;
                        A(ref r, i) = b;
                        ip = ref Unsafe.Add(ref ip, -1);
                        goto jump;
                    }

                case Opcode.ForLoop:
                    {
                        double step = Unsafe.Add(ref A(ref r, i), 2).Number;
                        double index = A(ref r, i).Number + step;
                        double limit = Unsafe.Add(ref A(ref r, i), 1).Number;
                        if (step > 0 ? index <= limit : limit <= index)
                        {
                            A(ref r, i).Number = index;
                            Unsafe.Add(ref A(ref r, i), 3).SetNumber(index);
                            ip = ref Unsafe.Add(ref ip, D(i));
                            if ((m.Budget += D(i)) <= 0) goto pause;
                        }

                        continue;
                    }

                case Opcode.Call:
                    {
                        int function = f.Base + (byte)(i >> 8);
                        int count = B(i) != 0 ? B(i) - 1 : m.Thread.Top - function - 1;
                        f.Pc = PcOf(f, ref ip);
                        if (A(ref r, i).Ref is LuaClosure closure)
                        {
                            LuaPrototype p = closure.Prototype;
                            Frame? next = f.Next;
                            if (p.IsVarArg || next is null
                                || function + 2 + count + p.RegisterCount > m.Thread.Limit - Spare)
                            {
                                Calls.EnterLua(m, closure, function, count, C(i) - 1, FrameMode.Call);
                                m.Budget -= CallCost;
                                goto advance;
                            }

                            r = ref Unsafe.Add(ref A(ref r, i), 1);
                            for (; count < p.ParameterCount; count++) Unsafe.Add(ref r, count) = default;
                            if (next.Function != closure) next.Function = closure;
                            if (next.Prototype != p) next.Prototype = p;
                            next.FunctionIndex = function;
                            next.Base = function + 1;
                            next.Pc = 0;
                            next.Wanted = C(i) - 1;
                            next.TailCalls = 0;
                            next.Mode = FrameMode.Call;
                            next.IsProtected = false;
                            m.Thread.Frame = f = next;
                            k = ref MemoryMarshal.GetArrayDataReference(p.Constants);
                            ip = ref MemoryMarshal.GetArrayDataReference(p.Code);
                            if ((m.Budget -= CallCost) <= 0) goto pause;
                            continue;
                        }

                        if (A(ref r, i).Ref is HostFunction)
                        {
                            if (!Calls.CallHost(m, function, count, C(i) - 1)) goto advance;
                            r = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(m.Thread.Stack),
                                f.Base);
                            continue;
                        }

                        Calls.Enter(m, function, count, C(i) - 1, FrameMode.Call);
                        goto advance;
                    }

                case Opcode.CloseAndReturn:
                    if (m.Thread.HighestOpen >= f.Base) m.Thread.Close(f.Base);
                    goto case Opcode.Return;
                case Opcode.Return:
                    {
                        int first = f.Base + (byte)(i >> 8);
                        int count = B(i) - 1;
                        if (count < 0) count = m.Thread.Top - first;
                        if (f.Mode != FrameMode.Call)
                        {
                            Calls.Return(m, f, first, count);
                            goto advance;
                        }

                        ref LuaValue to = ref Unsafe.Add(ref r, f.FunctionIndex - f.Base);
                        int wanted = f.Wanted;
                        if (wanted == 1 && count > 0)
                        {
                            to = A(ref r, i);
                        }
                        else
                        {
                            if (wanted < 0) m.Thread.Top = f.FunctionIndex + (wanted = count);
                            for (int n = 0; n < wanted; n++) Unsafe.Add(ref to, n) = n < count
                                ? Unsafe.Add(ref A(ref r, i), n) : default;
                        }

                        Frame caller = f.Previous!;
                        r = ref Unsafe.Add(ref r, caller.Base - f.Base);
                        m.Thread.Frame = f = caller;
                        LuaPrototype p = f.Prototype!;
                        k = ref MemoryMarshal.GetArrayDataReference(p.Constants);
                        ip = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(p.Code), f.Pc);
                        continue;
                    }

                case Opcode.ForIn:
                    f.Pc = PcOf(f, ref ip);
                    if (Instructions.Iterate(m, f, i)) goto reload;
                    goto advance;
                case Opcode.Add or Opcode.Subtract or Opcode.Multiply or Opcode.Divide or Opcode.Modulo
                    or Opcode.Power or Opcode.GetTable or Opcode.SetTable or Opcode.SetGlobal or Opcode.Concat
                    or Opcode.LessThan or Opcode.LessEqual:
                    goto slow;
                default:
                    f.Pc = PcOf(f, ref ip);
                    if (Instructions.Execute(m, f, i)) goto reload;
                    goto advance;
            }

        jump:
            i = ip;
            ip = ref Unsafe.Add(ref ip, (nint)D(i) + 1);
            if (D(i) >= 0 || (m.Budget += D(i)) > 0) continue;

        pause:
            f.Pc = PcOf(f, ref ip);
            return LuaStatus.BudgetUsed;

        slow:
            f.Pc = PcOf(f, ref ip);
            if (!Operations.Execute(m, f, i)) goto advance;
            ip = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(f.Prototype!.Code), f.Pc);
        }
    }
}
