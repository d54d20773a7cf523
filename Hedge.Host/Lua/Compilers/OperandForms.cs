using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// The compiler's last pass: puts instructions for the kinds of their operands in the general ones' places.
/// </summary>
internal static class OperandForms
{
    public static void Choose(ulong[] code, LuaValue[] constants, bool hasCaptured)
    {
        for (int i = 0; i < code.Length; i++)
        {
            ulong instruction = code[i];
            Opcode form = Form(instruction, constants, hasCaptured);
            if (form == Instruction.Code(instruction)) continue;
            // The form says which operand is a constant, so its number can stand alone.
            instruction = Instruction.WithCode(instruction, form);
            instruction =
                Instruction.WithB(instruction, Instruction.B(instruction) & ~Instruction.ConstantBit);
            if (form is not (Opcode.SetField or Opcode.SetIndex))
                instruction =
                    Instruction.WithC(instruction, Instruction.C(instruction) & ~Instruction.ConstantBit);
            code[i] = instruction;
        }
    }

    private static Opcode Form(ulong instruction, LuaValue[] constants, bool hasCaptured)
    {
        Opcode code = Instruction.Code(instruction);
        int b = Instruction.B(instruction);
        int c = Instruction.C(instruction);
        bool left = Instruction.IsConstant(b);
        bool right = Instruction.IsConstant(c);
        switch (code)
        {
            case Opcode.Return: return hasCaptured ? Opcode.CloseAndReturn : code;
            case Opcode.GetTable:
                return IsKind(c, constants, true) ? Opcode.GetField : right ? code : Opcode.GetIndex;
            case Opcode.SetTable:
                return IsKind(b, constants, true) ? Opcode.SetField : left ? code : Opcode.SetIndex;
            case Opcode.Equal: return right && !left ? Opcode.EqualRK : code;
            case Opcode.Add or Opcode.Subtract or Opcode.Multiply or Opcode.Divide or Opcode.Modulo
                or Opcode.LessThan or Opcode.LessEqual:
                if (!left && !right) return Arithmetic(code).Registers;
                if (left && !right && IsKind(b, constants, false)) return Arithmetic(code).Left;
                return right && !left && IsKind(c, constants, false) ? Arithmetic(code).Right : code;
            default: return code;
        }
    }

    private static (Opcode Registers, Opcode Right, Opcode Left) Arithmetic(Opcode code) => code switch
    {
        Opcode.Add => (Opcode.AddRR, Opcode.AddRK, Opcode.Add),
        Opcode.Subtract => (Opcode.SubtractRR, Opcode.SubtractRK, Opcode.SubtractKR),
        Opcode.Multiply => (Opcode.MultiplyRR, Opcode.MultiplyRK, Opcode.Multiply),
        Opcode.Divide => (Opcode.DivideRR, Opcode.DivideRK, Opcode.DivideKR),
        Opcode.LessThan => (Opcode.LessThanRR, Opcode.LessThanRK, Opcode.LessThanKR),
        Opcode.LessEqual => (Opcode.LessEqualRR, Opcode.LessEqualRK, Opcode.LessEqualKR),
        _ => (Opcode.Modulo, Opcode.ModuloRK, Opcode.Modulo),
    };

    private static bool IsKind(int operand, LuaValue[] constants, bool text) =>
        Instruction.IsConstant(operand)
        && (text ? constants[operand & ~Instruction.ConstantBit].Ref is LuaString
            : constants[operand & ~Instruction.ConstantBit].IsNumber);
}
