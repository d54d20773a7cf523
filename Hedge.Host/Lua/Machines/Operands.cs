using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;
using static Hedge.Host.Lua.Compilers.Instruction;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// How <see cref="Interpreter"/> reads instructions and their operands: without checks, for the reasons that
/// stand there. r is the frame's first register, k its first constant, i the instruction.
/// </summary>
internal static class Operands
{
    /// <summary>The register A of an instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref LuaValue A(ref LuaValue r, ulong i) => ref Unsafe.Add(ref r, (nint)(byte)(i >> 8));

    /// <summary>
    /// The instruction before the next one. After a call it is read again, so that it need not be kept
    /// meanwhile.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Last(ref ulong ip) => Unsafe.Add(ref ip, -1);

    /// <summary>Copies a value. A number's reference is stored without telling the collector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ref LuaValue to, ref LuaValue from)
    {
        if (from.IsNumber) to.SetNumber(from.Number);
        else to = from;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Number(ref LuaValue first, int number) => Unsafe.Add(ref first, number).Number;

    /// <summary>A constant that is a string.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LuaString Text(ref LuaValue k, int number) =>
        Unsafe.As<LuaString>(Unsafe.Add(ref k, number).Ref!);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreNumbers(ref LuaValue r, ulong i) =>
        Unsafe.Add(ref r, B(i)).IsNumber && Unsafe.Add(ref r, C(i)).IsNumber;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PcOf(Frame f, ref ulong ip) =>
        (int)(Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(f.Prototype!.Code), ref ip) >> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Upvalue Upvalue(Frame f, int number) =>
        Unsafe.As<LuaClosure>(f.Function!).Upvalues[number];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref LuaValue Operand(ref LuaValue r, ref LuaValue k, int operand)
    {
        if ((operand & Instruction.ConstantBit) == 0) return ref Unsafe.Add(ref r, operand);
        return ref Unsafe.Add(ref k, operand & ~Instruction.ConstantBit);
    }

    /// <summary>The first operand: a constant when the instruction has the form for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref LuaValue Left(ref LuaValue r, ref LuaValue k, ulong i, Opcode constantForm)
    {
        if ((Opcode)(byte)i == constantForm) return ref Unsafe.Add(ref k, B(i));
        return ref Unsafe.Add(ref r, B(i));
    }

    /// <summary>The second operand: a constant when the instruction has the form for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref LuaValue Right(ref LuaValue r, ref LuaValue k, ulong i, Opcode constantForm)
    {
        if ((Opcode)(byte)i == constantForm) return ref Unsafe.Add(ref k, C(i));
        return ref Unsafe.Add(ref r, C(i));
    }
}
