using System.Globalization;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The library <c>table</c>. What goes over many fields does so in steps.</summary>
internal static class TableLibrary
{
    private const int FieldsPerStep = 512;

    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "table");
        LuaLibraries.Set(m, t, "concat", Concat);
        LuaLibraries.Set(m, t, "foreach", ForEach);
        LuaLibraries.Set(m, t, "foreachi", ForEachIndex);
        LuaLibraries.Set(m, t, "getn", static c => c.Return(c.Table(1).Length()));
        LuaLibraries.Set(m, t, "maxn", MaxN);
        LuaLibraries.Set(m, t, "insert", Insert);
        LuaLibraries.Set(m, t, "remove", Remove);
        LuaLibraries.Set(m, t, "setn", static c => throw SetN(c));
        LuaLibraries.Set(m, t, "sort", Sorting.Sort);
    }

    /// <summary>An error when the table may not be written to.</summary>
    public static LuaTable Writable(LuaCall c, LuaTable table) =>
        table.ReadOnly ? throw new LuaException(c.Text("Attempt to modify a readonly table")) : table;

    private static LuaException SetN(LuaCall c)
    {
        c.Table(1);
        return c.Failure("'setn' is obsolete");
    }

    private static LuaAction Concat(LuaCall c)
    {
        LuaString separator = c.String(2, LuaString.Empty);
        LuaTable table = c.Table(1);
        if (c.Step == 0)
        {
            c.State = new ByteBuffer(c.Machine.Memory);
            long first = (int)c.Integer(3, 1);
            c.Push((double)first);
            c.Push(c[4].IsNil ? table.Length() : (double)(int)c.Integer(4));
        }

        var result = (ByteBuffer)c.State!;
        long at = (long)c.Pushed(1).Number;
        long last = (long)c.Pushed(2).Number;
        int before = result.Length;
        int left = FieldsPerStep;
        for (; at <= last; at++)
        {
            if (left-- == 0 || result.Length - before > FieldsPerStep * 32)
            {
                c.SetPushed(1, at);
                if (c.Spend(FieldsPerStep)) return c.Again(1);
                left = FieldsPerStep;
                before = result.Length;
            }

            AddField(c, table, (int)at, result);
            if (at < last) result.Add(separator.Span);
        }

        c.Spend(FieldsPerStep - left + ((result.Length - before) / 32));
        return c.Return(result.ToLuaString());
    }

    private static void AddField(LuaCall c, LuaTable table, int at, ByteBuffer result)
    {
        LuaValue value = table.Get(at);
        if (value.Ref is LuaString text)
        {
            result.Add(text.Span);
        }
        else if (value.IsNumber)
        {
            Span<byte> digits = stackalloc byte[LuaNumber.TextMax];
            result.Add(digits[..LuaNumber.Format(value.Number, digits)]);
        }
        else
        {
            throw c.Failure(string.Create(CultureInfo.InvariantCulture,
                $"invalid value ({value.TypeName}) at index {at} in table for 'concat'"));
        }
    }

    private static LuaAction ForEach(LuaCall c)
    {
        LuaTable table = c.Table(1);
        c.Function(2);
        LuaValue key = default;
        if (c.Step == 1)
        {
            if (!c.Result(1).IsNil) return c.Return(c.Result(1));
            key = c.Pushed(1);
        }

        int position = table.PositionBehind(key);
        if (position < 0) return c.Error("invalid key to 'next'", 0);
        position = table.NextUsed(position);
        if (position < 0) return LuaCall.Return();
        c.KeepPushed(0);
        c.Push(table.KeyAt(position));
        c.Push(c[2]);
        c.Push(table.KeyAt(position));
        c.Push(table.ValueAt(position));
        return c.Invoke(2, 1);
    }

    private static LuaAction ForEachIndex(LuaCall c)
    {
        LuaTable table = c.Table(1);
        c.Function(2);
        if (c.Step == 0)
        {
            c.Push(0.0);
            c.Push(table.Length());
        }
        else if (!c.Result(1).IsNil)
        {
            return c.Return(c.Result(1));
        }

        double at = c.Pushed(1).Number + 1;
        if (at > c.Pushed(2).Number) return LuaCall.Return();
        c.SetPushed(1, at);
        c.KeepPushed(2);
        c.Push(c[2]);
        c.Push(at);
        c.Push(table.Get((int)at));
        return c.Invoke(2, 1);
    }

    private static LuaAction MaxN(LuaCall c)
    {
        LuaTable table = c.Table(1);
        if (c.Step == 0)
        {
            c.Push(0.0);
            c.Push(0.0);
        }

        double max = c.Pushed(1).Number;
        int at = (int)c.Pushed(2).Number;
        while (true)
        {
            int end = Math.Min(at + (FieldsPerStep * 4), table.Positions);
            for (; at < end; at++)
            {
                LuaValue key = table.KeyAt(at);
                if (key.IsNumber && key.Number > max && !table.ValueAt(at).IsNil) max = key.Number;
            }

            if (at >= table.Positions) return c.Return(max);
            c.SetPushed(1, max);
            c.SetPushed(2, at);
            if (c.Spend(FieldsPerStep)) return c.Again(1);
        }
    }

    private static LuaAction Insert(LuaCall c)
    {
        LuaTable table = c.Table(1);
        if (c.Step == 0)
        {
            long end = table.Length() + 1L;
            long place = end;
            if (c.Count == 3) place = (int)c.Integer(2);
            else if (c.Count != 2) throw c.Failure("wrong number of arguments to 'insert'");
            Writable(c, table);
            c.Push(Math.Max(place, end));
            c.Push((double)place);
        }

        long at = (long)c.Pushed(1).Number;
        long to = (long)c.Pushed(2).Number;
        while (at > to)
        {
            long stop = Math.Max(to, at - FieldsPerStep);
            for (; at > stop; at--) table.Set((int)at, table.Get((int)at - 1));
            c.SetPushed(1, at);
            if (c.Spend(FieldsPerStep / 2) && at > to) return c.Again(1);
        }

        table.Set((int)to, c[c.Count]);
        return LuaCall.Return();
    }

    private static LuaAction Remove(LuaCall c)
    {
        LuaTable table = c.Table(1);
        if (c.Step == 0)
        {
            int length = table.Length();
            int place = (int)c.Integer(2, length);
            Writable(c, table);
            if (place < 1 || place > length) return LuaCall.Return();
            c.Push(place);
            c.Push(length);
            c.Push(table.Get(place));
        }

        int at = (int)c.Pushed(1).Number;
        int last = (int)c.Pushed(2).Number;
        while (at < last)
        {
            int stop = Math.Min(last, at + FieldsPerStep);
            for (; at < stop; at++) table.Set(at, table.Get(at + 1));
            c.SetPushed(1, at);
            if (c.Spend(FieldsPerStep / 2) && at < last) return c.Again(1);
        }

        table.Set(last, default);
        return c.Return(c.Pushed(3));
    }
}
