using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>
/// The library <c>string</c>, but for patterns and formats. It is the metatable of strings as well.
/// </summary>
internal static class StringLibrary
{
    private const int BytesPerInstruction = 32;
    private const int BytesPerStep = 1 << 16;
    private const int ResultsMax = 8000;

    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "string");
        LuaLibraries.Set(m, t, "byte", Byte);
        LuaLibraries.Set(m, t, "char", Char);
        LuaLibraries.Set(m, t, "dump", static c => throw DumpError(c));
        LuaLibraries.Set(m, t, "format", FormatFunction.Format);
        LuaLibraries.Set(m, t, "len", static c => c.Return(c.String(1).Length));
        LuaLibraries.Set(m, t, "lower", static c => Map(c, MapKind.Lower));
        LuaLibraries.Set(m, t, "upper", static c => Map(c, MapKind.Upper));
        LuaLibraries.Set(m, t, "reverse", static c => Map(c, MapKind.Reverse));
        LuaLibraries.Set(m, t, "rep", Repeat);
        LuaLibraries.Set(m, t, "sub", Sub);
        PatternFunctions.Open(m, t);
        m.StringMetatable = m.NewTable();
        m.StringMetatable.Set("__index", t);
    }

    /// <summary>A position that may count from the end.</summary>
    public static long Position(long position, int length) =>
        position >= 0 ? position : Math.Max(position + length + 1, 0);

    private enum MapKind
    {
        Lower,
        Upper,
        Reverse,
    }

    private static LuaException DumpError(LuaCall c)
    {
        c.Function(1);
        return c.Failure("unable to dump given function");
    }

    private static LuaAction Byte(LuaCall c)
    {
        LuaString s = c.String(1);
        long from = Position(c.Integer(2, 1), s.Length);
        long to = Position(c.Integer(3, from), s.Length);
        from = Math.Max(from, 1);
        to = Math.Min(to, s.Length);
        if (from > to) return LuaCall.Return();
        int count = (int)(to - from + 1);
        if (count > ResultsMax - c.Count || !c.Reserve(count))
            throw c.Failure("stack overflow (string slice too long)");
        foreach (byte b in s.Span.Slice((int)from - 1, count)) c.Push((double)b);
        c.Spend(count / 8);
        return LuaCall.Return(count);
    }

    private static LuaAction Char(LuaCall c)
    {
        int count = c.Count;
        Span<byte> few = stackalloc byte[64];
        Span<byte> bytes = count <= few.Length ? few[..count] : new byte[count];
        for (int i = 1; i <= count; i++)
        {
            int b = (int)c.Integer(i);
            if ((byte)b != b) throw c.BadArgument(i, "invalid value");
            bytes[i - 1] = (byte)b;
        }

        return c.Return(c.Machine.NewString(bytes));
    }

    private static LuaAction Sub(LuaCall c)
    {
        LuaString s = c.String(1);
        long from = Math.Max(Position(c.Integer(2), s.Length), 1);
        long to = Math.Min(Position(c.Integer(3, -1), s.Length), s.Length);
        if (from > to) return c.Return(LuaString.Empty);
        if (from == 1 && to == s.Length) return c.Return(s);
        int count = (int)(to - from + 1);
        c.Spend(count / BytesPerInstruction);
        return c.Return(c.Machine.NewString(s.Span.Slice((int)from - 1, count)));
    }

    // In steps, as all that makes long strings: what is there already, and how far it is, are pushed.
    private static LuaAction Map(LuaCall c, MapKind kind)
    {
        LuaString s = c.String(1);
        if (c.Step == 0)
        {
            if (s.Length < 2 && kind == MapKind.Reverse) return c.Return(s);
            c.State = New(c, Math.Max(s.Length, 2));
            c.Push(0.0);
        }

        Span<byte> made = ((UnfinishedString)c.State!).Bytes;
        int at = (int)c.Pushed(1).Number;
        while (at < s.Length)
        {
            int count = Math.Min(s.Length - at, BytesPerStep);
            ReadOnlySpan<byte> part = s.Span.Slice(at, count);
            if (kind == MapKind.Reverse)
            {
                Span<byte> to = made.Slice(s.Length - at - count, count);
                part.CopyTo(to);
                to.Reverse();
            }
            else if (kind == MapKind.Lower)
            {
                Change(part, made[at..], (byte)'A');
            }
            else
            {
                Change(part, made[at..], (byte)'a');
            }

            at += count;
            c.SetPushed(1, at);
            if (c.Spend(count / BytesPerInstruction) && at < s.Length) return c.Again(1);
        }

        LuaString result = ((UnfinishedString)c.State).Text;
        return c.Return(s.Length < 2 ? LuaString.Of(result.Span[..s.Length]) : result);
    }

    private static void Change(ReadOnlySpan<byte> from, Span<byte> to, byte first)
    {
        for (int i = 0; i < from.Length; i++)
        {
            byte b = from[i];
            to[i] = (uint)(b - first) < 26 ? (byte)(b ^ 0x20) : b;
        }
    }

    private static LuaAction Repeat(LuaCall c)
    {
        LuaString s = c.String(1);
        long times = (int)c.Integer(2);
        if (times <= 0 || s.Length == 0) return c.Return(LuaString.Empty);
        if (times == 1) return c.Return(s);
        if (c.Step == 0)
        {
            long all = s.Length * times;
            if (all > Array.MaxLength) throw new LuaMemoryException();
            c.State = New(c, (int)all);
            c.Push(0.0);
        }

        Span<byte> made = ((UnfinishedString)c.State!).Bytes;
        int at = (int)c.Pushed(1).Number;
        while (at < made.Length)
        {
            int count = Math.Min(made.Length - at, BytesPerStep);
            Fill(s.Span, made, at, count);
            at += count;
            c.SetPushed(1, at);
            if (c.Spend(count / BytesPerInstruction) && at < made.Length) return c.Again(1);
        }

        return c.Return(((UnfinishedString)c.State).Text);
    }

    // Once the pattern is there, what is there doubles.
    private static void Fill(ReadOnlySpan<byte> s, Span<byte> made, int at, int count)
    {
        int end = at + count;
        while (at < end)
        {
            int offset = at % s.Length;
            int from = at < s.Length || offset != 0 ? -1 : 0;
            ReadOnlySpan<byte> source = from < 0 ? s[offset..] : made[..at];
            int copied = Math.Min(source.Length, end - at);
            source[..copied].CopyTo(made[at..]);
            at += copied;
        }
    }

    private static UnfinishedString New(LuaCall c, int length)
    {
        c.Machine.Memory.Charge(LuaString.BytesFor(length));
        return new UnfinishedString(length);
    }

    private sealed class UnfinishedString(int length) : IMemoryHolder
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length);

        public Span<byte> Bytes => _bytes;

        public LuaString Text => LuaString.Owning(_bytes);

        public void Count(MemoryCount count) => count.Add(LuaString.BytesFor(_bytes.Length));
    }
}
