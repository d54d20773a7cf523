namespace Hedge.Host.Lua.Values;

/// <summary>Arithmetic that is more than one instruction of the processor.</summary>
internal static class LuaArithmetic
{
    /// <summary>The rest of a division towards minus infinity.</summary>
    public static double Modulo(double a, double b) => a - (Math.Floor(a / b) * b);

    /// <summary>a to the power of b.</summary>
    public static double Power(double a, double b) => b == 2 ? a * a : Math.Pow(a, b);
}
