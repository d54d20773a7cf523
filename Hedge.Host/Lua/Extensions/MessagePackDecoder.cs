using System.Buffers.Binary;
using System.Globalization;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// <c>cmsgpack.unpack</c> and its kin. An array or map becomes a level until all its values are there, and
/// then a value of the level below, or a result. The budget is asked after each value.
/// </summary>
internal sealed class MessagePackDecoder : IMemoryHolder
{
    private const string TooManyResults =
        "too many return values at once; use unpack_one or unpack_limit instead.";

    private readonly LuaString _text;
    private readonly WorkStack<Level> _levels;
    private readonly long _limit;
    private readonly bool _tellsOffset;
    private int _at;
    private int _results;

    // What arguments, results and levels would take of the stack of C's Lua.
    private int _slots;

    private MessagePackDecoder(LuaMemory memory, LuaString text, long limit, int offset, int slots)
    {
        _text = text;
        _levels = new WorkStack<Level>(memory);
        _tellsOffset = limit != 0 || offset != 0;
        _limit = _tellsOffset ? limit : int.MaxValue;
        _at = offset;
        _slots = slots;
    }

    private int Left => _text.Length - _at;

    /// <summary>The body of the functions.</summary>
    /// <param name="c">The call, whose first argument is the text.</param>
    /// <param name="limit">The most results; 0 for all when the offset is 0 as well.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="arguments">How many arguments stay on the stack of C's Lua.</param>
    public static LuaAction Unpack(LuaCall c, long limit, long offset, int arguments)
    {
        if (c.Step == 0) Begin(c, limit, offset, arguments);
        var decoder = (MessagePackDecoder)c.State!;
        while (decoder._levels.Count > 0 || (decoder.Left > 0 && decoder._results < decoder._limit))
        {
            int before = decoder._at;
            decoder.GoOn(c);
            int cost = 1 + ((decoder._at - before) / LuaExtensions.BytesPerInstruction);
            if (c.Spend(cost)) return c.Again(1);
        }

        if (!decoder._tellsOffset) return LuaCall.Return(decoder._results);
        decoder.CheckStack(c, "in function mp_unpack_full");
        c.SetPushed(1, decoder.Left == 0 ? -1.0 : decoder._at);
        return LuaCall.Return(decoder._results + 1);
    }

    void IMemoryHolder.Count(MemoryCount count)
    {
        count.Add(_levels.Bytes);
        foreach (ref readonly Level level in _levels.Levels)
        {
            count.Add(level.Table);
            count.Add(level.Key);
        }
    }

    private static void Begin(LuaCall c, long limit, long offset, int arguments)
    {
        LuaString text = c.String(1);
        // Errors show the low 32 bits of the offset.
        if (offset < 0 || limit < 0)
        {
            throw c.Failure(string.Create(CultureInfo.InvariantCulture,
                $"Invalid request to unpack with offset of {(int)offset} and limit of {text.Length}."));
        }

        if (offset > text.Length)
        {
            throw c.Failure(string.Create(CultureInfo.InvariantCulture,
                $"Start offset {(int)offset} greater than input length {text.Length}."));
        }

        var decoder = new MessagePackDecoder(c.Machine.Memory, text, limit, (int)offset, arguments);
        c.State = decoder;
        if (decoder._tellsOffset) c.Push(0.0);
    }

    private void GoOn(LuaCall c)
    {
        if (_levels.Count > 0 && _levels.Top.Left == 0)
        {
            LuaTable table = _levels.Top.Table;
            _slots = _levels.Top.Slots;
            _levels.Pop();
            Deliver(c, table);
            return;
        }

        // An array's table and index are on the stack; a map's table, and its key when that is there.
        int slots = _slots;
        if (_levels.Count > 0 && (!_levels.Top.IsMap || _levels.Top.HasKey)) slots++;
        Read(c, slots);
    }

    private void Read(LuaCall c, int slots)
    {
        ReadOnlySpan<byte> rest = Need(c, 1);
        CheckStack(c, slots, TooManyResults);
        byte code = rest[0];
        switch (code)
        {
            case <= 0x7F or >= 0xE0:
                _at++;
                Deliver(c, (double)(sbyte)code);
                break;
            case <= 0x8F:
                Enter(c, 1, code & 15u, true, slots);
                break;
            case <= 0x9F:
                Enter(c, 1, code & 15u, false, slots);
                break;
            case <= 0xBF:
                ReadText(c, 1, code & 31u);
                break;
            case 0xC0:
                _at++;
                Deliver(c, default);
                break;
            case 0xC2 or 0xC3:
                _at++;
                Deliver(c, code == 0xC3);
                break;
            case >= 0xCA and <= 0xD3:
                ReadNumber(c, code);
                break;
            case 0xD9:
                ReadText(c, 2, Need(c, 2)[1]);
                break;
            case 0xDA:
                ReadText(c, 3, BinaryPrimitives.ReadUInt16BigEndian(Need(c, 3)[1..]));
                break;
            case 0xDB:
                ReadText(c, 5, BinaryPrimitives.ReadUInt32BigEndian(Need(c, 5)[1..]));
                break;
            case 0xDC or 0xDE:
                Enter(c, 3, BinaryPrimitives.ReadUInt16BigEndian(Need(c, 3)[1..]), code == 0xDE, slots);
                break;
            case 0xDD or 0xDF:
                Enter(c, 5, BinaryPrimitives.ReadUInt32BigEndian(Need(c, 5)[1..]), code == 0xDF, slots);
                break;
            default:
                throw c.Failure("Bad data format in input.");
        }
    }

    private void ReadNumber(LuaCall c, byte code)
    {
        int size = code switch { 0xCA => 4, 0xCB => 8, _ => 1 << (code & 3) };
        ReadOnlySpan<byte> bytes = Need(c, size + 1).Slice(1, size);
        _at += size + 1;
        double number = code switch
        {
            0xCA => BinaryPrimitives.ReadSingleBigEndian(bytes),
            0xCB => BinaryPrimitives.ReadDoubleBigEndian(bytes),
            0xCC => bytes[0],
            0xCD => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            0xCE => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            0xD0 => (sbyte)bytes[0],
            0xD1 => BinaryPrimitives.ReadInt16BigEndian(bytes),
            0xD2 => BinaryPrimitives.ReadInt32BigEndian(bytes),
            // The unsigned one passes through C's signed integer on its way to Lua.
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
        };
        Deliver(c, number);
    }

    private void ReadText(LuaCall c, int head, uint length)
    {
        ReadOnlySpan<byte> bytes = Need(c, head + (long)length).Slice(head, (int)length);
        LuaString text = c.Machine.NewString(bytes);
        _at += head + bytes.Length;
        Deliver(c, text);
    }

    private void Enter(LuaCall c, int head, uint count, bool isMap, int slots)
    {
        if (!isMap) CheckStack(c, slots + 1, "in function mp_decode_to_lua_array");
        _at += head;
        _levels.Push(new Level
        {
            Table = c.Machine.NewTable(),
            IsMap = isMap,
            Left = count,
            Slots = _slots,
        });
        _slots = slots + 1;
    }

    private void Deliver(LuaCall c, in LuaValue value)
    {
        if (_levels.Count == 0)
        {
            if (!c.Reserve(1)) throw c.Failure($"stack overflow ({TooManyResults})");
            c.Push(value);
            _results++;
            _slots++;
            return;
        }

        ref Level level = ref _levels.Top;
        if (!level.IsMap)
        {
            level.Left--;
            level.Table.Set(++level.Index, value);
        }
        else if (level.HasKey)
        {
            level.Left--;
            level.HasKey = false;
            if (level.Key.IsNil) throw new LuaException(c.Text("table index is nil"));
            if (level.Key.IsNumber && double.IsNaN(level.Key.Number))
                throw new LuaException(c.Text("table index is NaN"));
            level.Table.Set(level.Key, value);
        }
        else
        {
            level.HasKey = true;
            level.Key = value;
        }
    }

    private ReadOnlySpan<byte> Need(LuaCall c, long bytes) =>
        bytes <= Left ? _text.Span[_at..] : throw c.Failure("Missing bytes in input.");

    private void CheckStack(LuaCall c, string what) => CheckStack(c, _slots, what);

    private static void CheckStack(LuaCall c, int slots, string what)
    {
        if (slots + 1 > LuaExtensions.StackSlotsMax) throw c.Failure($"stack overflow ({what})");
    }

    private struct Level
    {
        public LuaTable Table;
        public bool IsMap;
        public bool HasKey;

        /// <summary>The key of a map's next value.</summary>
        public LuaValue Key;

        /// <summary>How many elements an array has.</summary>
        public int Index;

        /// <summary>How many elements or pairs are still to come.</summary>
        public uint Left;

        /// <summary>The slots in use below it.</summary>
        public int Slots;
    }
}
