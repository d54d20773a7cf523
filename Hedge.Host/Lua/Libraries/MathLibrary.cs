using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The library <c>math</c>.</summary>
internal static class MathLibrary
{
    public static void Open(LuaMachine m, ILuaSurroundings surroundings)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "math");
        t.Set("pi", Math.PI);
        t.Set("huge", double.PositiveInfinity);
        LuaLibraries.Set(m, t, "abs", static c => c.Return(Math.Abs(c.Number(1))));
        LuaLibraries.Set(m, t, "acos", static c => c.Return(Math.Acos(c.Number(1))));
        LuaLibraries.Set(m, t, "asin", static c => c.Return(Math.Asin(c.Number(1))));
        LuaLibraries.Set(m, t, "atan", static c => c.Return(Math.Atan(c.Number(1))));
        LuaLibraries.Set(m, t, "atan2", static c => Two(c, Math.Atan2));
        LuaLibraries.Set(m, t, "ceil", static c => c.Return(Math.Ceiling(c.Number(1))));
        LuaLibraries.Set(m, t, "cos", static c => c.Return(Math.Cos(c.Number(1))));
        LuaLibraries.Set(m, t, "cosh", static c => c.Return(Math.Cosh(c.Number(1))));
        LuaLibraries.Set(m, t, "deg", static c => c.Return(c.Number(1) / (Math.PI / 180)));
        LuaLibraries.Set(m, t, "exp", static c => c.Return(Math.Exp(c.Number(1))));
        LuaLibraries.Set(m, t, "floor", static c => c.Return(Math.Floor(c.Number(1))));
        HostFunction fmod = LuaLibraries.Set(m, t, "fmod", static c => Two(c, static (a, b) => a % b));
        t.Set("mod", fmod);
        LuaLibraries.Set(m, t, "frexp", FractionAndExponent);
        LuaLibraries.Set(m, t, "ldexp", static c =>
            Two(c, static (a, b) => Scale(a, (int)LuaCall.ToInteger(b))));
        LuaLibraries.Set(m, t, "log", static c => c.Return(Math.Log(c.Number(1))));
        LuaLibraries.Set(m, t, "log10", static c => c.Return(Math.Log10(c.Number(1))));
        LuaLibraries.Set(m, t, "max", static c => Best(c, 1));
        LuaLibraries.Set(m, t, "min", static c => Best(c, -1));
        LuaLibraries.Set(m, t, "modf", WholeAndFraction);
        LuaLibraries.Set(m, t, "pow", static c => Two(c, LuaArithmetic.Power));
        LuaLibraries.Set(m, t, "rad", static c => c.Return(c.Number(1) * (Math.PI / 180)));
        LuaLibraries.Set(m, t, "random", Random, surroundings);
        LuaLibraries.Set(m, t, "randomseed", Seed, surroundings);
        LuaLibraries.Set(m, t, "sin", static c => c.Return(Math.Sin(c.Number(1))));
        LuaLibraries.Set(m, t, "sinh", static c => c.Return(Math.Sinh(c.Number(1))));
        LuaLibraries.Set(m, t, "sqrt", static c => c.Return(Math.Sqrt(c.Number(1))));
        LuaLibraries.Set(m, t, "tan", static c => c.Return(Math.Tan(c.Number(1))));
        LuaLibraries.Set(m, t, "tanh", static c => c.Return(Math.Tanh(c.Number(1))));
    }

    // The second argument is looked at first, as in the usual builds of Lua 5.1.
    private static LuaAction Two(LuaCall c, Func<double, double, double> function)
    {
        double second = c.Number(2);
        return c.Return(function(c.Number(1), second));
    }

    private static LuaAction Best(LuaCall c, int sign)
    {
        double best = c.Number(1);
        for (int i = 2; i <= c.Count; i++)
        {
            double next = c.Number(i);
            if (sign > 0 ? next > best : next < best) best = next;
        }

        return c.Return(best);
    }

    private static LuaAction WholeAndFraction(LuaCall c)
    {
        double number = c.Number(1);
        double whole = Math.Truncate(number);
        double fraction = double.IsInfinity(number) ? 0 : number - whole;
        return c.Return(whole, double.CopySign(fraction, number));
    }

    private static LuaAction FractionAndExponent(LuaCall c)
    {
        double number = c.Number(1);
        if (number == 0 || !double.IsFinite(number)) return c.Return(number, 0.0);
        int exponent = Math.ILogB(number) + 1;
        return c.Return(Scale(number, -exponent), (double)exponent);
    }

    private static double Scale(double number, long exponent) =>
        Math.ScaleB(number, (int)Math.Clamp(exponent, -5000, 5000));

    private static LuaAction Random(LuaCall c)
    {
        double random = ((ILuaSurroundings)c.Data!).NextRandom();
        switch (c.Count)
        {
            case 0:
                return c.Return(random);
            case 1:
                int only = (int)c.Integer(1);
                if (only < 1) throw c.BadArgument(1, "interval is empty");
                return c.Return(Math.Floor(random * only) + 1);
            case 2:
                int low = (int)c.Integer(1);
                int high = (int)c.Integer(2);
                if (low > high) throw c.BadArgument(2, "interval is empty");
                return c.Return(Math.Floor(random * ((double)high - low + 1)) + low);
            default:
                throw c.Failure("wrong number of arguments");
        }
    }

    private static LuaAction Seed(LuaCall c)
    {
        ((ILuaSurroundings)c.Data!).Seed(c.Integer(1));
        return LuaCall.Return();
    }
}
