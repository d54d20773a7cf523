using System.Buffers.Binary;
using System.Numerics;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// The library <c>bit</c>: operations on 32 bits. Arguments are rounded and wrapped around, results are
/// signed.
/// </summary>
internal static class BitLibrary
{
    // 2^52 + 2^51: added to a number, it brings the integer into the low bits of the double.
    private const double IntegerInLowBits = 6755399441055744.0;
    private const int HexDigitsMax = 8;

    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "bit");
        LuaLibraries.Set(m, t, "tobit", static c => Return(c, Bits(c, 1)));
        LuaLibraries.Set(m, t, "bnot", static c => Return(c, ~Bits(c, 1)));
        LuaLibraries.Set(m, t, "band", static c => Fold(c, static (a, b) => a & b));
        LuaLibraries.Set(m, t, "bor", static c => Fold(c, static (a, b) => a | b));
        LuaLibraries.Set(m, t, "bxor", static c => Fold(c, static (a, b) => a ^ b));
        LuaLibraries.Set(m, t, "lshift", static c => Shift(c, static (a, n) => a << n));
        LuaLibraries.Set(m, t, "rshift", static c => Shift(c, static (a, n) => a >> n));
        LuaLibraries.Set(m, t, "arshift", static c => Shift(c, static (a, n) => (uint)((int)a >> n)));
        LuaLibraries.Set(m, t, "rol", static c => Shift(c, BitOperations.RotateLeft));
        LuaLibraries.Set(m, t, "ror", static c => Shift(c, BitOperations.RotateRight));
        LuaLibraries.Set(m, t, "bswap", static c =>
            Return(c, BinaryPrimitives.ReverseEndianness(Bits(c, 1))));
        LuaLibraries.Set(m, t, "tohex", ToHex);
    }

    private static uint Bits(LuaCall c, int number) =>
        (uint)BitConverter.DoubleToUInt64Bits(c.Number(number) + IntegerInLowBits);

    private static LuaAction Return(LuaCall c, uint bits) => c.Return((double)(int)bits);

    // The arguments are read from the last to the second, so an error names the last bad one.
    private static LuaAction Fold(LuaCall c, Func<uint, uint, uint> operation)
    {
        uint bits = Bits(c, 1);
        for (int i = c.Count; i > 1; i--) bits = operation(bits, Bits(c, i));
        return Return(c, bits);
    }

    private static LuaAction Shift(LuaCall c, Func<uint, int, uint> operation)
    {
        uint bits = Bits(c, 1);
        return Return(c, operation(bits, (int)(Bits(c, 2) & 31)));
    }

    private static LuaAction ToHex(LuaCall c)
    {
        uint bits = Bits(c, 1);
        int count = c.Count < 2 ? HexDigitsMax : (int)Bits(c, 2);
        ReadOnlySpan<byte> digits = count < 0 ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
        int length = (int)Math.Min(Math.Abs((long)count), HexDigitsMax);
        Span<byte> text = stackalloc byte[HexDigitsMax];
        for (int i = length - 1; i >= 0; i--)
        {
            text[i] = digits[(int)(bits & 15)];
            bits >>= 4;
        }

        return c.Return(c.Machine.NewString(text[..length]));
    }
}
