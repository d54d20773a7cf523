using System.Globalization;
using System.Runtime.CompilerServices;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The functions that are globals, but for those that compile.</summary>
internal static class BaseLibrary
{
    private const int ResultsMax = 8000;

    public static void Open(LuaMachine m)
    {
        LuaTable g = m.Globals;
        g.Set("_G", g);
        g.Set("_VERSION", LuaString.Name("Lua 5.1"));
        LuaLibraries.Set(m, g, "assert", Assert);
        LuaLibraries.Set(m, g, "error", Error);
        LuaLibraries.Set(m, g, "getfenv", GetEnvironment);
        LuaLibraries.Set(m, g, "setfenv", SetEnvironment);
        LuaLibraries.Set(m, g, "getmetatable", GetMetatable);
        LuaLibraries.Set(m, g, "setmetatable", SetMetatable);
        HostFunction next = LuaLibraries.Set(m, g, "next", Next, Traversal.Instance);
        LuaLibraries.Set(m, g, "pairs", Pairs, next);
        LuaLibraries.Set(m, g, "ipairs", IPairs, new HostFunction("ipairs_next", IPairsNext));
        LuaLibraries.Set(m, g, "pcall", ProtectedCall);
        LuaLibraries.Set(m, g, "xpcall", ProtectedCallWithHandler);
        LuaLibraries.Set(m, g, "rawequal", static c => c.Return(LuaValue.RawEquals(c.Any(1), c.Any(2))));
        LuaLibraries.Set(m, g, "rawget", static c => c.Return(c.Table(1).Get(Second(c))));
        LuaLibraries.Set(m, g, "rawset", RawSet);
        LuaLibraries.Set(m, g, "select", Select);
        LuaLibraries.Set(m, g, "tonumber", ToNumber);
        LuaLibraries.Set(m, g, "tostring", ToString);
        LuaLibraries.Set(m, g, "type", static c => c.Return(LuaString.Name(c.Any(1).TypeName)));
        LuaLibraries.Set(m, g, "unpack", Unpack);
        LuaLibraries.Set(m, g, "newproxy", NewProxy);
        LuaLibraries.Set(m, g, "collectgarbage", CollectGarbage);
        LuaLibraries.Set(m, g, "gcinfo", static c => c.Return(Math.Floor(c.Machine.Memory.Used / 1024.0)));
    }

    /// <summary>How <c>tostring</c> writes a value that has no metamethod for it.</summary>
    public static LuaValue Text(LuaMachine m, in LuaValue value)
    {
        if (value.Ref is LuaString) return value;
        if (value.IsNumber) return m.NumberText(value.Number);
        if (value.IsNil) return LuaString.Name("nil");
        if (value.IsBoolean) return LuaString.Name(value.IsFalsy ? "false" : "true");
        if (ReferenceEquals(value.Ref, LuaUserdata.Null)) return LuaString.Name("userdata: (nil)");
        string kind = value.TypeName;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{kind}: 0x5555{RuntimeHelpers.GetHashCode(value.Ref):x8}");
        return m.NewString(System.Text.Encoding.Latin1.GetBytes(text));
    }

    private static LuaValue Second(LuaCall c) => c.Any(2);

    private static LuaAction Assert(LuaCall c)
    {
        if (!c.Any(1).IsFalsy) return LuaCall.Return(c.Count);
        LuaString text = c.String(2, LuaString.Name("assertion failed!"));
        // C writes the text up to a zero byte.
        int end = text.Span.IndexOf((byte)0);
        throw c.Failure(end < 0 ? text.ToString() : text.ToString()[..end]);
    }

    private static LuaAction Error(LuaCall c)
    {
        int level = (int)c.Integer(2, 1);
        LuaValue value = c[1];
        if (level > 0 && (value.Ref is LuaString || value.IsNumber))
            return c.Raise(c.Text(Positions.Where(c.Machine, level) + c.String(1)));
        return c.Raise(value);
    }

    private static LuaFunction FunctionAt(LuaCall c, bool isOptional, out bool isThread)
    {
        isThread = false;
        if (c[1].Ref is LuaFunction function) return function;
        double given = isOptional ? c.Number(1, 1) : c.Number(1);
        int level = (int)LuaCall.ToInteger(given);
        if (level < 0) throw c.BadArgument(1, "level must be non-negative");
        Frame? frame = Positions.FrameAt(c.Machine, level, out bool isLost);
        if (isLost)
            throw c.Failure(FormattableString.Invariant(
                $"no function environment for tail call at level {level}"));
        if (frame is null && level > 0) throw c.BadArgument(1, "invalid level");
        isThread = level == 0;
        return frame?.Function ?? c.Machine.Thread.Frame.Function!;
    }

    private static LuaAction GetEnvironment(LuaCall c)
    {
        LuaFunction function = FunctionAt(c, true, out _);
        return c.Return(function is LuaClosure ? function.Environment : c.Machine.Thread.Globals);
    }

    private static LuaAction SetEnvironment(LuaCall c)
    {
        LuaTable table = c.Table(2);
        if (c[1].IsNumber && c[1].Number == 0)
        {
            c.Machine.Thread.Globals = table;
            return LuaCall.Return();
        }

        LuaFunction function = FunctionAt(c, false, out _);
        if (function is not LuaClosure)
            throw c.Failure("'setfenv' cannot change environment of given object");
        function.Environment = table;
        return c.Return(function);
    }

    private static LuaAction GetMetatable(LuaCall c)
    {
        LuaTable? metatable = Metamethods.MetatableOf(c.Machine, c.Any(1));
        if (metatable is null) return c.Return(default(LuaValue));
        LuaValue shown = Metamethods.In(metatable, MetaEvent.Metatable);
        return c.Return(shown.IsNil ? metatable : shown);
    }

    private static LuaAction SetMetatable(LuaCall c)
    {
        LuaTable table = c.Table(1);
        if (!c[2].IsNil && c[2].AsTable is null || c.Count < 2)
            throw c.BadArgument(2, "nil or table expected");
        if (table.Metatable is not null && !Metamethods.In(table.Metatable, MetaEvent.Metatable).IsNil)
            throw c.Failure("cannot change a protected metatable");
        if (table.ReadOnly) return c.Error("Attempt to modify a readonly table", 0);
        table.Metatable = c[2].AsTable;
        return c.Return(table);
    }

    private static LuaAction Next(LuaCall c)
    {
        LuaTable table = c.Table(1);
        int position = table.PositionBehind(c[2]);
        if (position < 0) return c.Error("invalid key to 'next'", 0);
        position = table.NextUsed(position);
        return position < 0 ? c.Return(default(LuaValue))
            : c.Return(table.KeyAt(position), table.ValueAt(position));
    }

    private static LuaAction Pairs(LuaCall c)
    {
        LuaTable table = c.Table(1);
        c.Push((HostFunction)c.Data!);
        c.Push(table);
        c.Push(default);
        return LuaCall.Return(3);
    }

    private static LuaAction IPairs(LuaCall c)
    {
        LuaTable table = c.Table(1);
        c.Push((HostFunction)c.Data!);
        c.Push(table);
        c.Push(0.0);
        return LuaCall.Return(3);
    }

    private static LuaAction IPairsNext(LuaCall c)
    {
        double index = c.Number(2) + 1;
        LuaValue value = c.Table(1).Get((int)index);
        return value.IsNil ? LuaCall.Return(0) : c.Return(index, value);
    }

    /// <summary>The function <c>pcall</c>.</summary>
    public static LuaAction ProtectedCall(LuaCall c)
    {
        if (c.Step == 0)
        {
            c.Any(1);
            // The function and its arguments are on the stack as a call needs them.
            return c.InvokeProtected(c.Count - 1, 1);
        }

        return EndProtected(c);
    }

    private static LuaAction ProtectedCallWithHandler(LuaCall c)
    {
        if (c.Step == 0)
        {
            if (c.Count < 2) throw c.BadArgument(2, "value expected");
            c.State = new Unwinding.ErrorHandler(c[2]);
            c.Push(c[1]);
            return c.InvokeProtected(0, 1);
        }

        return EndProtected(c);
    }

    private static LuaAction EndProtected(LuaCall c)
    {
        c.Frame.IsProtected = false;
        if (c.HasFailed) return c.Return(false, c.Result(1));
        // The place below the results is free: it was the function's, or an argument's.
        int count = c.ResultCount;
        LuaValue[] stack = c.Machine.Thread.Stack;
        stack[c.Frame.ResultBase - 1] = true;
        return LuaCall.Return(count + 1);
    }

    private static LuaAction RawSet(LuaCall c)
    {
        LuaTable table = c.Table(1);
        LuaValue key = c.Any(2);
        LuaValue value = c.Any(3);
        if (table.ReadOnly) return c.Error("Attempt to modify a readonly table", 0);
        if (key.IsNil) return c.Error("table index is nil", 0);
        if (key.IsNumber && double.IsNaN(key.Number)) return c.Error("table index is NaN", 0);
        table.Set(key, value);
        return c.Return(table);
    }

    private static LuaAction Select(LuaCall c)
    {
        if (c[1].Ref is LuaString { Length: > 0 } text && text.Span[0] == '#') return c.Return(c.Count - 1);
        long index = (int)c.Integer(1);
        if (index < 0) index = c.Count + index;
        else if (index > c.Count) index = c.Count;
        if (index < 1) throw c.BadArgument(1, "index out of range");
        return LuaCall.Return(c.Count - (int)index);
    }

    private static LuaAction ToNumber(LuaCall c)
    {
        long radix = c.Integer(2, 10);
        if (radix == 10)
        {
            LuaValue value = c.Any(1);
            return c.Return(Operations.ToNumber(value, out double number) ? number : default(LuaValue));
        }

        ReadOnlySpan<byte> text = c.String(1).Span;
        if (radix is < 2 or > 36) throw c.BadArgument(2, "base out of range");
        return c.Return(TryParse(text, (int)radix, out double parsed) ? parsed : default(LuaValue));
    }

    // As C's strtoul: a sign, 0x for 16; too big a number is the biggest.
    private static bool TryParse(ReadOnlySpan<byte> text, int radix, out double number)
    {
        number = 0;
        int zero = text.IndexOf((byte)0);
        if (zero >= 0) text = text[..zero];
        while (text.Length > 0 && LuaNumber.IsSpace(text[0])) text = text[1..];
        while (text.Length > 0 && LuaNumber.IsSpace(text[^1])) text = text[..^1];
        bool negative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+') text = text[1..];
        if (radix == 16 && text.Length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') text = text[2..];
        UInt128 sum = 0;
        foreach (byte b in text)
        {
            int digit = LuaNumber.Digit(b);
            if (digit >= radix) return false;
            if (sum <= ulong.MaxValue) sum = (sum * (uint)radix) + (uint)digit;
        }

        ulong whole = sum > ulong.MaxValue ? ulong.MaxValue : (ulong)sum;
        number = negative && sum <= ulong.MaxValue ? unchecked(0 - whole) : whole;
        return text.Length > 0;
    }

    private static LuaAction ToString(LuaCall c)
    {
        if (c.Step == 1) return c.Return(c.Result(1));
        LuaValue value = c.Any(1);
        LuaValue handler = Metamethods.Of(c.Machine, value, MetaEvent.ToString);
        if (handler.IsNil) return c.Return(Text(c.Machine, value));
        c.Push(handler);
        c.Push(value);
        return c.Invoke(1, 1);
    }

    private static LuaAction Unpack(LuaCall c)
    {
        LuaTable table = c.Table(1);
        long from = (int)c.Integer(2, 1);
        long to = c[3].IsNil ? table.Length() : (int)c.Integer(3);
        if (from > to) return LuaCall.Return();
        long count = to - from + 1;
        if (count > ResultsMax - c.Count || !c.Reserve((int)count))
            throw c.Failure("too many results to unpack");
        for (long i = from; i <= to; i++) c.Push(table.Get((int)i));
        c.Spend(count / 8);
        return LuaCall.Return((int)count);
    }

    private static LuaAction NewProxy(LuaCall c)
    {
        var proxy = new LuaUserdata(null);
        c.Machine.Memory.Charge(48);
        LuaValue model = c[1];
        if (model.IsFalsy) return c.Return(proxy);
        if (model.Ref is LuaUserdata other && other.Metatable is not null) proxy.Metatable = other.Metatable;
        else if (ReferenceEquals(model.Ref, LuaValue.TrueTag)) proxy.Metatable = c.Machine.NewTable();
        else throw c.BadArgument(1, "boolean or proxy expected");
        return c.Return(proxy);
    }

    // Nothing is collected on request; the count is what was allocated since the last count.
    private static LuaAction CollectGarbage(LuaCall c)
    {
        double kilobytes = c.Machine.Memory.Used / 1024.0;
        string option = c.String(1, LuaString.Name("collect")).ToString();
        return option switch
        {
            "count" => c.Return(kilobytes),
            "step" => c.Return(true),
            "setpause" => c.Return(200.0),
            "setstepmul" => c.Return(200.0),
            "collect" or "stop" or "restart" => c.Return(0.0),
            _ => throw c.BadArgument(1, $"invalid option '{option}'"),
        };
    }
}
