using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// Finds out what a register holds, for errors: a local variable, or what the instruction that wrote it last
/// has fetched. The instructions up to here are read in order, past the jumps that cannot lead elsewhere.
/// </summary>
internal static class VariableNames
{
    /// <summary>
    /// The kind of variable in a register at the frame's instruction, and its name; null if unknown.
    /// </summary>
    public static string? Find(Frame frame, int register, out string name) =>
        Find(frame.Prototype!, Math.Max(frame.Pc - 1, 0), register, out name);

    private static string? Find(LuaPrototype p, int pc, int register, out string name)
    {
        name = p.LocalName(register, pc) ?? "";
        if (name.Length > 0) return "local";
        int writer = LastWriter(p, pc, register);
        if (writer < 0) return null;
        ulong i = p.Code[writer];
        switch (Instruction.General(Instruction.Code(i)))
        {
            case Opcode.GetGlobal:
                name = ConstantName(p, Instruction.D(i));
                return "global";
            case Opcode.Move:
                return Instruction.B(i) < Instruction.A(i) ? Find(p, writer, Instruction.B(i), out name)
                    : null;
            case Opcode.GetTable:
                name = Instruction.Code(i) == Opcode.GetField ? ConstantName(p, Instruction.C(i))
                    : OperandName(p, i);
                return "field";
            case Opcode.GetUpvalue:
                name = p.Upvalues[Instruction.B(i)];
                return "upvalue";
            case Opcode.Self:
                name = OperandName(p, i);
                return "method";
            default:
                return null;
        }
    }

    private static string OperandName(LuaPrototype p, ulong i) => Instruction.IsConstant(Instruction.C(i))
        ? ConstantName(p, Instruction.C(i) & ~Instruction.ConstantBit) : "?";

    private static string ConstantName(LuaPrototype p, int constant)
    {
        if (p.Constants[constant].Ref is not LuaString text) return "?";
        string name = text.ToString();
        int zero = name.IndexOf('\0', StringComparison.Ordinal);
        return zero < 0 ? name : name[..zero];
    }

    private static int LastWriter(LuaPrototype p, int end, int register)
    {
        int last = -1;
        for (int pc = 0; pc < end; pc++)
        {
            ulong i = p.Code[pc];
            Opcode code = Instruction.General(Instruction.Code(i));
            if (Writes(code, i, register)) last = pc;
            switch (code)
            {
                case Opcode.Jump or Opcode.ForLoop or Opcode.ForPrepare:
                    int target = pc + 1 + Instruction.D(i);
                    if (pc < target && target <= end) pc += Instruction.D(i);
                    break;
                case Opcode.Closure:
                    pc += p.Inner[Instruction.D(i)].Upvalues.Length;
                    break;
                default:
                    break;
            }
        }

        return last;
    }

    private static bool Writes(Opcode code, ulong i, int register)
    {
        int a = Instruction.A(i);
        switch (code)
        {
            case Opcode.SetGlobal or Opcode.SetUpvalue or Opcode.SetTable or Opcode.SetList or Opcode.Jump
                or Opcode.Equal or Opcode.LessThan or Opcode.LessEqual or Opcode.Return or Opcode.Close:
                return false;
            case Opcode.LoadNil:
                return a <= register && register <= Instruction.B(i);
            case Opcode.Call or Opcode.TailCall:
                return register >= a;
            case Opcode.ForIn:
                return register >= a + 2;
            case Opcode.Self:
                return register == a || register == a + 1;
            case Opcode.VarArg:
                return register >= a && (Instruction.B(i) == 0 || register < a + Instruction.B(i) - 1);
            default:
                return register == a;
        }
    }
}
