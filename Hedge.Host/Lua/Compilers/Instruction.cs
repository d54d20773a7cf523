using System.Runtime.CompilerServices;

namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// Instructions are 64 bits: <c>opcode 8 | A 8 | B 16 | C 16 | 16 spare</c>, or D of 32 bits with a sign in
/// the place of C and the spare ones. An operand that may be a constant has <see cref="ConstantBit"/> when it
/// is.
/// </summary>
internal static class Instruction
{
    /// <summary>Set in B or C when the operand is a constant.</summary>
    public const int ConstantBit = 0x8000;

    /// <summary>The highest constant that an operand can name.</summary>
    public const int OperandConstantMax = 0x7FFF;

    /// <summary>How many values one <see cref="Opcode.SetList"/> stores.</summary>
    public const int FieldsPerFlush = 50;

    public static ulong Make(Opcode code, int a, int b, int c) =>
        (uint)code | ((ulong)(byte)a << 8) | ((ulong)(ushort)b << 16) | ((ulong)(ushort)c << 32);

    public static ulong MakeD(Opcode code, int a, int d) =>
        (uint)code | ((ulong)(byte)a << 8) | ((ulong)(uint)d << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Opcode Code(ulong i) => (Opcode)(byte)i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int A(ulong i) => (byte)(i >> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int B(ulong i) => (ushort)(i >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int C(ulong i) => (ushort)(i >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int D(ulong i) => (int)(i >> 32);

    public static bool IsConstant(int operand) => (operand & ConstantBit) != 0;

    public static ulong WithCode(ulong i, Opcode code) => (i & ~0xFFUL) | (byte)code;

    public static ulong WithA(ulong i, int a) => (i & ~0xFF00UL) | ((ulong)(byte)a << 8);

    public static ulong WithB(ulong i, int b) => (i & ~0xFFFF0000UL) | ((ulong)(ushort)b << 16);

    public static ulong WithC(ulong i, int c) => (i & ~0xFFFF00000000UL) | ((ulong)(ushort)c << 32);

    public static ulong WithD(ulong i, int d) => (uint)i | ((ulong)(uint)d << 32);

    /// <summary>The form that the compiler wrote, of one that its last pass put there.</summary>
    public static Opcode General(Opcode code) => code switch
    {
        Opcode.AddRR or Opcode.AddRK => Opcode.Add,
        Opcode.SubtractRR or Opcode.SubtractRK or Opcode.SubtractKR => Opcode.Subtract,
        Opcode.MultiplyRR or Opcode.MultiplyRK => Opcode.Multiply,
        Opcode.DivideRR or Opcode.DivideRK or Opcode.DivideKR => Opcode.Divide,
        Opcode.ModuloRK => Opcode.Modulo,
        Opcode.GetField or Opcode.GetIndex => Opcode.GetTable,
        Opcode.SetField or Opcode.SetIndex => Opcode.SetTable,
        Opcode.EqualRK => Opcode.Equal,
        Opcode.LessThanRR or Opcode.LessThanRK or Opcode.LessThanKR => Opcode.LessThan,
        Opcode.LessEqualRR or Opcode.LessEqualRK or Opcode.LessEqualKR => Opcode.LessEqual,
        Opcode.CloseAndReturn => Opcode.Return,
        _ => code,
    };
}
