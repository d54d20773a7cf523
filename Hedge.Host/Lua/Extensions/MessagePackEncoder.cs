using System.Buffers.Binary;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// <c>cmsgpack.pack</c>: writes its arguments one behind another.
/// <code>
/// number = integer, in the fewest bytes / float, 4 bytes when that is exact, else 8
/// table  = array, when its keys are 1 to n / map of the keys and values in the order of next
/// other  = nil; and tables in more than 16 tables
/// </code>
/// A table becomes a level: its keys are counted, then its values are written. The budget is asked after each
/// value and each part of the count.
/// </summary>
internal sealed class MessagePackEncoder : IMemoryHolder
{
    private const int NestingMax = 16;
    private const int PositionsPerStep = 64;
    private const int PositionsPerInstruction = 4;

    private readonly ByteBuffer _output;
    private readonly WorkStack<Level> _levels;
    private int _argument;

    private MessagePackEncoder(LuaMemory memory)
    {
        _output = new ByteBuffer(memory);
        _levels = new WorkStack<Level>(memory);
    }

    private enum Kind : byte
    {
        Unknown,
        Array,
        Map,
    }

    /// <summary>The body of the function.</summary>
    public static LuaAction Pack(LuaCall c)
    {
        if (c.Step == 0)
        {
            if (c.Count == 0) throw c.BadArgument(0, "MessagePack pack needs input.");
            if (c.Count * 2 > LuaExtensions.StackSlotsMax)
                throw c.BadArgument(0, "Too many arguments for MessagePack pack.");
            c.State = new MessagePackEncoder(c.Machine.Memory);
        }

        var encoder = (MessagePackEncoder)c.State!;
        ByteBuffer output = encoder._output;
        while (encoder._argument < c.Count || encoder._levels.Count > 0)
        {
            int before = output.Length;
            int cost = 1;
            if (encoder._levels.Count == 0) encoder.Add(c[++encoder._argument]);
            else cost = encoder.GoOn();
            cost += (output.Length - before) / LuaExtensions.BytesPerInstruction;
            if (c.Spend(cost)) return c.Again(1);
        }

        c.Spend(output.Length / LuaExtensions.BytesPerInstruction);
        return c.Return(output.ToLuaString());
    }

    void IMemoryHolder.Count(MemoryCount count)
    {
        _output.Count(count);
        count.Add(_levels.Bytes);
    }

    private void Add(in LuaValue value)
    {
        if (value.IsNumber) AddNumber(value.Number);
        else if (value.Ref is LuaString text) AddText(text.Span);
        else if (value.IsBoolean) _output.Add((byte)(value.IsFalsy ? 0xC2 : 0xC3));
        else if (value.Ref is LuaTable table && _levels.Count < NestingMax)
            _levels.Push(new Level { Table = table, IsArray = true });
        else _output.Add(0xC0);
    }

    // Returns what it costs, without the bytes that are written.
    private int GoOn()
    {
        ref Level level = ref _levels.Top;
        switch (level.Kind)
        {
            case Kind.Unknown:
                return Look(ref level);
            case Kind.Array when level.At == level.Count:
                _levels.Pop();
                return 1;
            case Kind.Array:
                level.At++;
                Add(level.Table.Get(level.At));
                return 1;
            default:
                return AddPart(ref level);
        }
    }

    // Looks at some of the keys.
    private int Look(ref Level level)
    {
        LuaTable table = level.Table;
        int first = level.At;
        int end = Math.Min(first + PositionsPerStep, table.Positions);
        for (; level.At < end; level.At++)
        {
            if (table.ValueAt(level.At).IsNil) continue;
            level.Count++;
            if (!level.IsArray) continue;
            LuaValue key = table.KeyAt(level.At);
            bool isIndex = key.IsNumber && key.Number > 0 && (int)key.Number == key.Number;
            if (isIndex) level.Max = Math.Max(level.Max, (int)key.Number);
            else level.IsArray = false;
        }

        if (level.At == table.Positions)
        {
            level.Kind = level.IsArray && level.Max == level.Count ? Kind.Array : Kind.Map;
            level.At = 0;
            if (level.Kind == Kind.Array) AddHead(0x90, 0xDC, level.Count);
            else AddHead(0x80, 0xDE, level.Count);
        }

        return 1 + ((end - first) / PositionsPerInstruction);
    }

    // A key or a value of a map.
    private int AddPart(ref Level level)
    {
        LuaTable table = level.Table;
        if (level.HasKey)
        {
            level.HasKey = false;
            level.At++;
            Add(table.ValueAt(level.At - 1));
            return 1;
        }

        int first = level.At;
        int end = Math.Min(first + PositionsPerStep, table.Positions);
        while (level.At < end && table.ValueAt(level.At).IsNil) level.At++;
        int cost = 1 + ((level.At - first) / PositionsPerInstruction);
        if (level.At < end)
        {
            level.HasKey = true;
            Add(table.KeyAt(level.At));
        }
        else if (end == table.Positions)
        {
            _levels.Pop();
        }

        return cost;
    }

    private void AddHead(byte small, byte code, int count)
    {
        if (count <= 15) _output.Add((byte)(small | count));
        else if (count <= ushort.MaxValue) AddBits(code, (ulong)count, 2);
        else AddBits((byte)(code + 1), (ulong)count, 4);
    }

    private void AddText(ReadOnlySpan<byte> text)
    {
        if (text.Length < 32) _output.Add((byte)(0xA0 | text.Length));
        else if (text.Length <= byte.MaxValue) AddBits(0xD9, (ulong)text.Length, 1);
        else if (text.Length <= ushort.MaxValue) AddBits(0xDA, (ulong)text.Length, 2);
        else AddBits(0xDB, (ulong)text.Length, 4);
        _output.Add(text);
    }

    private void AddNumber(double number)
    {
        long whole = double.ConvertToIntegerNative<long>(number);
        if (double.IsFinite(number) && whole == number && number < -(double)long.MinValue) AddInteger(whole);
        else if ((float)number == number) AddBits(0xCA, BitConverter.SingleToUInt32Bits((float)number), 4);
        else AddBits(0xCB, BitConverter.DoubleToUInt64Bits(number), 8);
    }

    private void AddInteger(long number)
    {
        if (number is >= -32 and <= 127) _output.Add((byte)number);
        else if (number < 0) AddNegative(number);
        else if (number <= byte.MaxValue) AddBits(0xCC, (ulong)number, 1);
        else if (number <= ushort.MaxValue) AddBits(0xCD, (ulong)number, 2);
        else if (number <= uint.MaxValue) AddBits(0xCE, (ulong)number, 4);
        else AddBits(0xCF, (ulong)number, 8);
    }

    private void AddNegative(long number)
    {
        if (number >= sbyte.MinValue) AddBits(0xD0, (ulong)number, 1);
        else if (number >= short.MinValue) AddBits(0xD1, (ulong)number, 2);
        else if (number >= int.MinValue) AddBits(0xD2, (ulong)number, 4);
        else AddBits(0xD3, (ulong)number, 8);
    }

    // A code, and so many of the low bytes, the highest first.
    private void AddBits(byte code, ulong bits, int count)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, bits);
        _output.Add(code);
        _output.Add(bytes[^count..]);
    }

    private struct Level
    {
        public LuaTable Table;
        public Kind Kind;

        /// <summary>Whether all keys so far may be those of an array.</summary>
        public bool IsArray;

        /// <summary>A map: whether a key waits for its value.</summary>
        public bool HasKey;

        /// <summary>The next position in the table; of an array: how many elements are written.</summary>
        public int At;

        /// <summary>How many values there are.</summary>
        public int Count;

        /// <summary>The highest index.</summary>
        public int Max;
    }
}
