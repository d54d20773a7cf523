using System.Buffers;
using System.Globalization;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// <c>cjson.encode</c>:
/// 1. A value that is no table is written at once, except a long string, which is written in parts.
/// 2. A table becomes a level. Its keys are looked at first: when all are integers from 1 on, it is an array
///    up to the highest, unless that is sparse; else an object. The empty table is an object.
/// 3. Then its values are written one after another; tables among them become levels above it.
/// The budget is asked after each value, each part of a string and each part of the look at keys.
/// </summary>
internal sealed class CjsonEncoder : IMemoryHolder
{
    private const int TextBytesPerStep = 4096;
    private const int PositionsPerStep = 64;
    private const int PositionsPerInstruction = 4;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(static i => (byte)i), (byte)'"', (byte)'/', (byte)'\\', 127]);

    private readonly CjsonSettings _settings;
    private readonly ByteBuffer _output;
    private readonly WorkStack<Level> _levels;
    private LuaString? _text;
    private int _textAt;
    private bool _textIsKey;

    // What the levels and the argument would take of the stack of C's Lua.
    private int _slots = 1;

    private CjsonEncoder(LuaMemory memory, CjsonSettings settings)
    {
        _settings = settings;
        _output = new ByteBuffer(memory);
        _levels = new WorkStack<Level>(memory);
    }

    private enum Kind : byte
    {
        Unknown,
        Array,
        Object,
    }

    /// <summary>The body of the function.</summary>
    public static LuaAction Encode(LuaCall c)
    {
        CjsonEncoder encoder;
        if (c.Step == 0)
        {
            if (c.Count != 1) throw c.BadArgument(1, "expected 1 argument");
            encoder = new CjsonEncoder(c.Machine.Memory, (CjsonSettings)c.Data!);
            c.State = encoder;
            encoder.Add(c, c[1]);
        }
        else
        {
            encoder = (CjsonEncoder)c.State!;
        }

        while (encoder.IsUnderWay)
        {
            int before = encoder._output.Length;
            int cost = encoder.GoOn(c);
            cost += (encoder._output.Length - before) / LuaExtensions.BytesPerInstruction;
            if (c.Spend(cost)) return c.Again(1);
        }

        c.Spend(encoder._output.Length / LuaExtensions.BytesPerInstruction);
        return c.Return(encoder._output.ToLuaString());
    }

    void IMemoryHolder.Count(MemoryCount count)
    {
        _output.Count(count);
        count.Add(_levels.Bytes);
    }

    private bool IsUnderWay => _text is not null || _levels.Count > 0;

    // Returns what it costs, without the bytes that are written.
    private int GoOn(LuaCall c)
    {
        if (_text is not null)
        {
            AddTextPart(_text);
            return 1;
        }

        ref Level level = ref _levels.Top;
        switch (level.Kind)
        {
            case Kind.Unknown:
                return Look(c, ref level);
            case Kind.Array:
                AddElement(c, ref level);
                return 1;
            default:
                return AddField(c, ref level);
        }
    }

    private void Add(LuaCall c, in LuaValue value)
    {
        if (value.IsNumber) AddNumber(c, value.Number);
        else if (value.Ref is LuaString text) AddText(text, false);
        else if (value.Ref is LuaTable table) Enter(c, table);
        else if (value.IsBoolean) _output.Add(value.IsFalsy ? "false"u8 : "true"u8);
        else if (value.IsNil || ReferenceEquals(value.Ref, LuaUserdata.Null)) _output.Add("null"u8);
        else throw Refusal(c, value, "type not supported");
    }

    private void Enter(LuaCall c, LuaTable table)
    {
        int depth = _levels.Count + 1;
        if (depth > _settings.EncodeDepthMax || _slots + 3 > LuaExtensions.StackSlotsMax)
        {
            throw c.Failure(string.Create(CultureInfo.InvariantCulture,
                $"Cannot serialise, excessive nesting ({depth})"));
        }

        _levels.Push(new Level { Table = table });
    }

    // Looks at some of the keys.
    private int Look(LuaCall c, ref Level level)
    {
        LuaTable table = level.Table;
        int first = level.At;
        int end = Math.Min(first + PositionsPerStep, table.Positions);
        for (; level.At < end; level.At++)
        {
            if (table.ValueAt(level.At).IsNil) continue;
            LuaValue key = table.KeyAt(level.At);
            if (!key.IsNumber || Math.Floor(key.Number) != key.Number || key.Number < 1)
            {
                int cost = 1 + ((level.At - first) / PositionsPerInstruction);
                Begin(ref level, Kind.Object);
                return cost;
            }

            // Keys that are too big for C's int wrap around, as they do there.
            if (key.Number > level.Length) level.Length = double.ConvertToIntegerNative<int>(key.Number);
            level.Count++;
        }

        if (level.At == table.Positions) Begin(ref level, KindOf(c, level));
        return 1 + ((end - first) / PositionsPerInstruction);
    }

    private Kind KindOf(LuaCall c, in Level level)
    {
        int ratio = _settings.SparseRatio;
        if (ratio > 0 && level.Length > unchecked(level.Count * ratio) && level.Length > _settings.SparseSafe)
        {
            return _settings.ConvertsSparseArrays
                ? Kind.Object : throw Refusal(c, level.Table, "excessively sparse array");
        }

        return level.Length > 0 ? Kind.Array : Kind.Object;
    }

    private void Begin(ref Level level, Kind kind)
    {
        level.Kind = kind;
        level.At = level.Count = 0;
        _slots += kind == Kind.Array ? 1 : 2;
        _output.Add((byte)(kind == Kind.Array ? '[' : '{'));
    }

    private void End(in Level level)
    {
        _output.Add((byte)(level.Kind == Kind.Array ? ']' : '}'));
        _slots -= level.Kind == Kind.Array ? 1 : 2;
        _levels.Pop();
    }

    private void AddElement(LuaCall c, ref Level level)
    {
        if (level.At == level.Length)
        {
            End(level);
            return;
        }

        if (level.At > 0) _output.Add((byte)',');
        level.At++;
        Add(c, level.Table.Get(level.At));
    }

    private int AddField(LuaCall c, ref Level level)
    {
        LuaTable table = level.Table;
        if (level.HasKey)
        {
            level.HasKey = false;
            level.At++;
            Add(c, table.ValueAt(level.At - 1));
            return 1;
        }

        int first = level.At;
        int end = Math.Min(first + PositionsPerStep, table.Positions);
        while (level.At < end && table.ValueAt(level.At).IsNil) level.At++;
        int cost = 1 + ((level.At - first) / PositionsPerInstruction);
        if (level.At < end) AddKey(c, ref level, table.KeyAt(level.At));
        else if (end == table.Positions) End(level);
        return cost;
    }

    private void AddKey(LuaCall c, ref Level level, in LuaValue key)
    {
        if (level.Count++ > 0) _output.Add((byte)',');
        level.HasKey = true;
        if (key.Ref is LuaString text)
        {
            AddText(text, true);
            return;
        }

        if (!key.IsNumber) throw Refusal(c, key, "table key must be a number or string");
        _output.Add((byte)'"');
        AddNumber(c, key.Number);
        _output.Add("\":"u8);
    }

    private void AddNumber(LuaCall c, double number)
    {
        if (!double.IsFinite(number))
        {
            switch (_settings.EncodeInvalidNumbers)
            {
                case InvalidNumbers.Off:
                    throw Refusal(c, number, "must not be NaN or Inf");
                case InvalidNumbers.Null:
                    _output.Add("null"u8);
                    return;
                default:
                    if (!double.IsNaN(number)) break;
                    _output.Add("nan"u8);
                    return;
            }
        }

        Span<byte> text = stackalloc byte[LuaNumber.TextMax];
        int precision = _settings.NumberPrecision;
        int length = precision == 14
            ? LuaNumber.Format(number, text) : LuaNumber.FormatGeneral(number, precision, false, text);
        _output.Add(text[..length]);
    }

    private void AddText(LuaString text, bool isKey)
    {
        _text = text;
        _textAt = 0;
        _textIsKey = isKey;
        _output.Add((byte)'"');
        AddTextPart(text);
    }

    private void AddTextPart(LuaString text)
    {
        ReadOnlySpan<byte> part = text.Span.Slice(_textAt, Math.Min(TextBytesPerStep, text.Length - _textAt));
        _textAt += part.Length;
        while (true)
        {
            int at = part.IndexOfAny(Escaped);
            if (at < 0) break;
            _output.Add(part[..at]);
            AddEscape(part[at]);
            part = part[(at + 1)..];
        }

        _output.Add(part);
        if (_textAt < text.Length) return;
        _text = null;
        _output.Add(_textIsKey ? "\":"u8 : "\""u8);
    }

    private void AddEscape(byte b)
    {
        byte letter = b switch
        {
            (byte)'\b' => (byte)'b',
            (byte)'\t' => (byte)'t',
            (byte)'\n' => (byte)'n',
            (byte)'\f' => (byte)'f',
            (byte)'\r' => (byte)'r',
            (byte)'"' or (byte)'/' or (byte)'\\' => b,
            _ => 0,
        };
        if (letter != 0)
        {
            _output.Add([(byte)'\\', letter]);
            return;
        }

        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        _output.Add("\\u00"u8);
        _output.Add([digits[b >> 4], digits[b & 15]]);
    }

    private static LuaException Refusal(LuaCall c, in LuaValue value, string reason) =>
        c.Failure($"Cannot serialise {value.TypeName}: {reason}");

    private struct Level
    {
        public LuaTable Table;
        public Kind Kind;

        /// <summary>An object: whether a key waits for its value.</summary>
        public bool HasKey;

        /// <summary>The next position in the table; of an array: how many elements are written.</summary>
        public int At;

        /// <summary>The highest index of an array.</summary>
        public int Length;

        /// <summary>How many keys were seen; of an object: how many are written.</summary>
        public int Count;
    }
}
