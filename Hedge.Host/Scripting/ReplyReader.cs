using System.Runtime.InteropServices;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>
/// Makes a command's reply a value of Lua: numbers and strings are themselves, an array is a table, a null is
/// false. What else there is comes as a table with one field: <c>ok</c>, <c>err</c>, and of RESP3
/// <c>map</c>, <c>set</c>, <c>double</c>, <c>big_number</c>, <c>verbatim_string</c>; its null is nil. A long
/// reply is read in steps; what is done is kept here. One per script.
/// </summary>
internal sealed class ReplyReader : IMemoryHolder
{
    private const int ValuesPerStep = 256;

    private static readonly LuaString OkText = LuaString.Name("OK");

    private readonly List<Level> _levels = [];
    private LuaMachine _machine = null!;
    private LuaValue _result;
    private int _at;

    private enum Kind
    {
        Array,
        Set,
        Map,
    }

    /// <summary>Begins to read a reply.</summary>
    public void Begin(LuaMachine machine)
    {
        _machine = machine;
        _levels.Clear();
        _result = default;
        _at = 0;
    }

    /// <summary>Goes on reading. False when the budget is spent before the end.</summary>
    public bool Continue(LuaCall call, ReadOnlySpan<byte> reply, out LuaValue value)
    {
        value = default;
        int left = ValuesPerStep;
        do
        {
            if (left-- == 0)
            {
                if (call.Spend(ValuesPerStep)) return false;
                left = ValuesPerStep;
            }

            LuaValue next = Next(reply, out bool isOpened);
            if (!isOpened) Put(next);
            Close();
        }
        while (_levels.Count > 0);
        call.Spend(ValuesPerStep - left);
        value = _result;
        _result = default;
        return true;
    }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        foreach (Level level in _levels)
        {
            count.Add(level.Holder);
            count.Add(level.Key);
        }
    }

    // Takes the levels away that have all their elements; each is an element of the one below.
    private void Close()
    {
        while (_levels.Count > 0 && _levels[^1].Left == 0)
        {
            LuaValue holder = _levels[^1].Holder;
            _levels.RemoveAt(_levels.Count - 1);
            Put(holder);
        }
    }

    private void Put(in LuaValue value)
    {
        if (_levels.Count == 0)
        {
            _result = value;
            return;
        }

        ref Level level = ref CollectionsMarshal.AsSpan(_levels)[^1];
        if (level.Kind == Kind.Map && !level.HasKey)
        {
            (level.Key, level.HasKey) = (value, true);
            return;
        }

        level.Left--;
        if (level.Kind == Kind.Array) level.Table.Set(++level.Index, value);
        else if (level.Kind == Kind.Set) Add(level, value, true);
        else Add(level, level.Key, value);
        level.HasKey = false;
    }

    private static void Add(in Level level, in LuaValue key, in LuaValue value)
    {
        if (key.IsNil || (key.IsNumber && double.IsNaN(key.Number))) return;
        level.Table.Set(key, value);
    }

    private LuaValue Next(ReadOnlySpan<byte> reply, out bool isOpened)
    {
        isOpened = false;
        byte type = reply[_at];
        int end = _at + reply[_at..].IndexOf((byte)'\r');
        ReadOnlySpan<byte> line = reply[(_at + 1)..end];
        _at = end + 2;
        switch (type)
        {
            case (byte)':':
                return Integer(line);
            case (byte)'+':
                return Field(ReplyFields.Ok, line.SequenceEqual("OK"u8) ? OkText : _machine.NewString(line));
            case (byte)'-':
                return Field(ReplyFields.Err, _machine.NewString(line));
            case (byte)'_':
                return default;
            case (byte)'#':
                return line[0] == 't';
            case (byte)',':
                return Field(ReplyFields.DoubleNumber, ParseDouble(line));
            case (byte)'(':
                return Field(ReplyFields.BigNumber, _machine.NewString(line));
            case (byte)'$':
                return Integer(line) is var length && length < 0 ? false : Bulk(reply, (int)length);
            case (byte)'=':
                return VerbatimText(reply, (int)Integer(line));
            default:
                return Open(type, (int)Integer(line), out isOpened);
        }
    }

    private LuaValue Open(byte type, int count, out bool isOpened)
    {
        isOpened = count > 0;
        if (count < 0) return false;
        Kind kind = type switch { (byte)'%' => Kind.Map, (byte)'~' => Kind.Set, _ => Kind.Array };
        // As Redis makes them: an order of pairs tells the size a table began with.
        LuaTable table = kind == Kind.Array ? _machine.NewTable(count) : _machine.NewTable();
        LuaTable holder = kind switch
        {
            Kind.Map => Field(ReplyFields.Map, table),
            Kind.Set => Field(ReplyFields.Set, table),
            _ => table,
        };
        if (isOpened) _levels.Add(new Level(kind, table, holder) { Left = count });
        return holder;
    }

    private LuaString Bulk(ReadOnlySpan<byte> reply, int length)
    {
        LuaString text = _machine.NewString(reply.Slice(_at, length));
        _at += length + 2;
        return text;
    }

    private LuaTable VerbatimText(ReadOnlySpan<byte> reply, int length)
    {
        LuaTable inner = _machine.NewTable(0, 2);
        inner.Set(ReplyFields.Format, _machine.NewString(reply.Slice(_at, 3)));
        inner.Set(ReplyFields.Text, _machine.NewString(reply.Slice(_at + 4, length - 4)));
        _at += length + 2;
        return Field(ReplyFields.Verbatim, inner);
    }

    private LuaTable Field(LuaString name, in LuaValue value)
    {
        LuaTable table = _machine.NewTable(0, 1);
        table.Set(name, value);
        return table;
    }

    private static double Integer(ReadOnlySpan<byte> line) =>
        Numbers.TryParseInt64(line, out long value) ? value : 0;

    private static double ParseDouble(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("inf"u8) ? double.PositiveInfinity
        : line.SequenceEqual("-inf"u8) ? double.NegativeInfinity
        : double.TryParse(line, System.Globalization.CultureInfo.InvariantCulture, out double value)
            ? value : double.NaN;

    // An aggregate that is being read: its table, and the table with one field around that, if any.
    private struct Level(Kind kind, LuaTable table, LuaTable holder)
    {
        public readonly Kind Kind = kind;
        public readonly LuaTable Table = table;
        public readonly LuaTable Holder = holder;
        public int Left;
        public int Index;
        public LuaValue Key;
        public bool HasKey;
    }
}
