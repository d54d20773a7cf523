using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// The instruction that joins registers, from the right: as many strings and numbers as stand together become
/// one, and two neighbours of which one is neither need a metamethod.
/// </summary>
internal static class Concatenation
{
    private const int BytesPerInstruction = 64;

    /// <summary>Joins from the first register to a last one.</summary>
    public static bool Go(LuaMachine m, Frame f, ulong i, int last)
    {
        int first = Instruction.B(i);
        while (last > first)
        {
            Span<LuaValue> registers = m.Thread.Stack.AsSpan(f.Base, last + 1);
            if (!IsText(registers[last - 1]) || !IsText(registers[last]))
                return Metamethod(m, f, last);
            int from = last - 1;
            while (from > first && IsText(registers[from - 1])) from--;
            registers[from] = Join(m, registers[from..]);
            last = from;
        }

        LuaValue[] stack = m.Thread.Stack;
        stack[f.Base + Instruction.A(i)] = stack[f.Base + first];
        return true;
    }

    private static bool IsText(in LuaValue value) => value.IsNumber || value.Ref is LuaString;

    private static bool Metamethod(LuaMachine m, Frame f, int last)
    {
        LuaValue a = m.Thread.Stack[f.Base + last - 1];
        LuaValue b = m.Thread.Stack[f.Base + last];
        LuaValue handler = Metamethods.Of(m, a, MetaEvent.Concat);
        if (handler.IsNil) handler = Metamethods.Of(m, b, MetaEvent.Concat);
        if (handler.IsNil)
        {
            bool right = IsText(a);
            return Operations.TypeError(m, f, right ? b : a, right ? last : last - 1, "concatenate");
        }

        f.ResultBase = last - 1;
        return Operations.CallMetamethod(m, f, handler, a, b);
    }

    private static LuaString Join(LuaMachine m, Span<LuaValue> values)
    {
        long length = 0;
        foreach (ref LuaValue value in values)
        {
            if (value.IsNumber) value = m.NumberText(value.Number);
            length += ((LuaString)value.Ref!).Length;
        }

        if (length < 2) return JoinShort(values);
        m.Memory.Charge(LuaString.BytesFor(length));
        m.Budget -= length / BytesPerInstruction;
        LuaString made = LuaString.Unfilled((int)length, out Span<byte> bytes);
        foreach (ref LuaValue value in values)
        {
            ReadOnlySpan<byte> part = ((LuaString)value.Ref!).Span;
            part.CopyTo(bytes);
            bytes = bytes[part.Length..];
        }

        return made;
    }

    private static LuaString JoinShort(Span<LuaValue> values)
    {
        foreach (ref LuaValue value in values)
        {
            if (value.Ref is LuaString { Length: 1 } one) return one;
        }

        return LuaString.Empty;
    }
}
