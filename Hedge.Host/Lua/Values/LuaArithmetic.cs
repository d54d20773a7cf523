namespace Hedge.Host.Lua.Values;

/// <summary>Arithmetic that is more than one instruction of the processor.</summary>
internal static class LuaArithmetic
{
    private const double SignBit = 1UL << 63;

    /// <summary>The rest of a division towards minus infinity.</summary>
    public static double Modulo(double a, double b) => a - (Math.Floor(a / b) * b);

    /// <summary>a to the power of b.</summary>
    public static double Power(double a, double b) => b == 2 ? a * a : Math.Pow(a, b);

    /// <summary>
    /// A number without its fraction, as C's compilers make an unsigned integer of it: of those that do not
    /// fit as well.
    /// </summary>
    public static ulong ToUnsigned(double number) => number >= SignBit
        ? (ulong)double.ConvertToIntegerNative<long>(number - SignBit) ^ (1UL << 63)
        : (ulong)double.ConvertToIntegerNative<long>(number);
}
