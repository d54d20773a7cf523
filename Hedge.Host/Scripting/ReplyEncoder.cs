using System.Runtime.InteropServices;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Scripting;

/// <summary>
/// Makes what a script returns a reply: a number is an integer, its fraction cut off; a table is an array up
/// to its first nil, or what its one field says (<see cref="ReplyReader"/>); true is 1 and false null, unless
/// the script speaks RESP3. A long one is made in steps; what is done is kept here. One per script.
/// </summary>
internal sealed class ReplyEncoder : IMemoryHolder, IDisposable
{
    private const int ValuesPerStep = 256;
    private const int BytesPerValue = 64;

    // As deep as Redis goes before its stack is full.
    private const int DepthMax = 7994;

    private readonly List<Level> _levels = [];
    private readonly RespWriter _writer = new();
    private readonly OutputBuffer _output = new();
    private bool _hasBooleans;
    private LuaValue _root;

    private enum Kind
    {
        Array,
        Map,
        Set,
    }

    /// <summary>True while a reply is being made.</summary>
    public bool IsUnderWay => _levels.Count > 0;

    /// <summary>The reply that has been made.</summary>
    public ReadOnlySpan<byte> Reply => _output.Unread;

    /// <summary>Writes a value that is no table at once, without a buffer in between. False for
    /// others.</summary>
    public static bool TryWriteSimple(RespWriter writer, in LuaValue value, bool hasBooleans)
    {
        if (value.AsTable is not null) return false;
        WritePlain(writer, value, hasBooleans);
        return true;
    }

    /// <summary>Begins with a table.</summary>
    /// <param name="value">What the script has returned.</param>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="hasBooleans">Whether the script speaks RESP3.</param>
    /// <param name="bytesMax">The longest reply.</param>
    public void Begin(in LuaValue value, int protocol, bool hasBooleans, long bytesMax)
    {
        Clear();
        _output.LengthMax = bytesMax;
        _writer.Reset(_output, protocol);
        _hasBooleans = hasBooleans;
        _root = value;
        Write(value);
    }

    /// <summary>Goes on. False when the budget is spent before the end.</summary>
    /// <exception cref="OutputFullException">The reply is too long.</exception>
    public bool Continue(ref long budget)
    {
        int left = ValuesPerStep;
        long before = _output.Length;
        while (_levels.Count > 0)
        {
            if (left-- == 0)
            {
                budget -= ValuesPerStep + ((_output.Length - before) / BytesPerValue);
                if (budget <= 0) return false;
                left = ValuesPerStep;
                before = _output.Length;
            }

            if (!WriteNext()) _levels.RemoveAt(_levels.Count - 1);
        }

        _root = default;
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _levels.Clear();
        _root = default;
        _output.LengthMax = long.MaxValue;
        _output.Clear();
    }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        count.Add(_root);
        count.Add(_output.Capacity);
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    // Writes the innermost table's next element, which may open another one; false when there is none.
    private bool WriteNext()
    {
        ref Level level = ref CollectionsMarshal.AsSpan(_levels)[^1];
        LuaTable table = level.Table;
        LuaValue next;
        if (level.Kind == Kind.Array)
        {
            if (level.Position == level.Count) return false;
            next = table.Get(++level.Position);
        }
        else if (level.IsAtValue)
        {
            level.IsAtValue = false;
            next = table.ValueAt(level.Position++);
        }
        else
        {
            level.Position = table.NextUsed(level.Position);
            if (level.Position < 0) return false;
            next = table.KeyAt(level.Position);
            if (level.Kind == Kind.Map) level.IsAtValue = true;
            else level.Position++;
        }

        Write(next);
        return true;
    }

    private void Write(in LuaValue value)
    {
        if (value.AsTable is not { } table)
        {
            WritePlain(_writer, value, _hasBooleans);
            return;
        }

        if (_levels.Count >= DepthMax) _writer.Error("ERR reached lua stack limit");
        else if (!TryWriteField(table)) Open(Kind.Array, table, LengthOf(table));
    }

    private bool TryWriteField(LuaTable table)
    {
        if (table.Get(ReplyFields.Err).AsString is { } error)
        {
            _writer.Error(error.Span);
        }
        else if (table.Get(ReplyFields.Ok).AsString is { } status)
        {
            WriteStatus(_writer, status.Span);
        }
        else if (table.Get(ReplyFields.DoubleNumber) is { IsNumber: true } number)
        {
            _writer.Double(number.Number);
        }
        else if (table.Get(ReplyFields.Map).AsTable is { } map)
        {
            Open(Kind.Map, map, FieldsOf(map));
        }
        else if (table.Get(ReplyFields.Set).AsTable is { } set)
        {
            Open(Kind.Set, set, FieldsOf(set));
        }
        else if (table.Get(ReplyFields.BigNumber).AsString is { } digits)
        {
            _writer.BigNumber(InOneLine(digits.Span));
        }
        else if (table.Get(ReplyFields.Verbatim).AsTable is { } verbatim
            && verbatim.Get(ReplyFields.Format).AsString is { } format
            && verbatim.Get(ReplyFields.Text).AsString is { } text)
        {
            string extension = (format + "   ")[..3];
            _writer.Verbatim(extension, text.Span);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void Open(Kind kind, LuaTable table, int count)
    {
        if (kind == Kind.Map) _writer.MapHeader(count);
        else if (kind == Kind.Set) _writer.SetHeader(count);
        else _writer.ArrayHeader(count);
        _levels.Add(new Level(kind, table, count));
    }

    private static void WritePlain(RespWriter writer, in LuaValue value, bool hasBooleans)
    {
        if (value.IsNumber) writer.Integer(LuaCall.ToInteger(value.Number));
        else if (value.AsString is { } text) writer.Bulk(text.Span);
        else if (!value.IsBoolean) writer.Null();
        else if (hasBooleans) writer.Boolean(!value.IsFalsy);
        else if (value.IsFalsy) writer.Null();
        else writer.Integer(1);
    }

    private static void WriteStatus(RespWriter writer, ReadOnlySpan<byte> text) =>
        writer.SimpleString(InOneLine(text));

    private static ReadOnlySpan<byte> InOneLine(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'\r', (byte)'\n') < 0) return text;
        byte[] copy = text.ToArray();
        copy.AsSpan().Replace((byte)'\r', (byte)' ');
        copy.AsSpan().Replace((byte)'\n', (byte)' ');
        return copy;
    }

    private static int LengthOf(LuaTable table)
    {
        int length = 0;
        while (!table.Get(length + 1).IsNil) length++;
        return length;
    }

    private static int FieldsOf(LuaTable table)
    {
        int count = 0;
        for (int at = table.NextUsed(0); at >= 0; at = table.NextUsed(at + 1)) count++;
        return count;
    }

    private struct Level(Kind kind, LuaTable table, int count)
    {
        public readonly Kind Kind = kind;
        public readonly LuaTable Table = table;
        public readonly int Count = count;
        public int Position;
        public bool IsAtValue;
    }
}
