using System.Buffers.Binary;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// The library <c>struct</c>: packs values into strings as C lays them out, by a <see cref="StructFormat"/>.
/// The budget is asked after each option.
/// </summary>
internal static class StructLibrary
{
    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "struct");
        LuaLibraries.Set(m, t, "pack", Pack);
        LuaLibraries.Set(m, t, "unpack", Unpack);
        LuaLibraries.Set(m, t, "size", Size);
    }

    private static LuaAction Pack(LuaCall c)
    {
        if (c.Step == 0)
        {
            LuaString text = c.String(1);
            c.State = new Work(text) { Output = new ByteBuffer(c.Machine.Memory), Argument = 2 };
        }

        var work = (Work)c.State!;
        ByteBuffer output = work.Output!;
        while (work.Format.Next(c))
        {
            int before = output.Length;
            output.Extend(work.Format.Padding((ulong)before)).Clear();
            PackElement(c, work, output);
            int cost = 1 + ((output.Length - before) / LuaExtensions.BytesPerInstruction);
            if (c.Spend(cost)) return c.Again(1);
        }

        return c.Return(output.ToLuaString());
    }

    private static void PackElement(LuaCall c, Work work, ByteBuffer output)
    {
        ref StructFormat format = ref work.Format;
        if (format.IsInteger)
        {
            double number = NumberAt(c, work.Argument++);
            PutInteger(output.Extend(format.Size), LuaArithmetic.ToUnsigned(number), format.IsBigEndian);
            return;
        }

        switch (format.Kind)
        {
            case (byte)'x':
                output.Add(0);
                break;
            case (byte)'f':
                uint single = BitConverter.SingleToUInt32Bits((float)NumberAt(c, work.Argument++));
                PutInteger(output.Extend(sizeof(float)), single, format.IsBigEndian);
                break;
            case (byte)'d':
                ulong bits = BitConverter.DoubleToUInt64Bits(NumberAt(c, work.Argument++));
                PutInteger(output.Extend(sizeof(double)), bits, format.IsBigEndian);
                break;
            case (byte)'c' or (byte)'s':
                ReadOnlySpan<byte> text = TextAt(c, work.Argument++).Span;
                int size = format.Size == 0 ? text.Length : format.Size;
                if (text.Length < size) throw c.BadArgument(work.Argument, "string too short");
                output.Add(text[..size]);
                if (format.Kind == 's') output.Add(0);
                break;
            default:
                format.Control(c);
                break;
        }
    }

    private static LuaAction Unpack(LuaCall c)
    {
        if (c.Step == 0)
        {
            LuaString text = c.String(1);
            c.String(2);
            ulong position = (ulong)c.Integer(3, 1);
            if (position == 0) throw c.BadArgument(3, "offset must be 1 or greater");
            c.State = new Work(text) { Position = position - 1 };
        }

        var work = (Work)c.State!;
        LuaString data = c.String(2);
        while (work.Format.Next(c))
        {
            work.Position += (ulong)work.Format.Padding(work.Position);
            Check(c, data, work.Position, (ulong)work.Format.Size);
            if (c.Count + work.Results + 2 > LuaExtensions.StackSlotsMax || !c.Reserve(2))
                throw c.Failure("stack overflow (too many results)");
            ulong size = UnpackElement(c, work, data);
            work.Position += size;
            if (c.Spend(1 + ((long)size / LuaExtensions.BytesPerInstruction))) return c.Again(1);
        }

        c.Push((double)(long)(work.Position + 1));
        return LuaCall.Return(work.Results + 1);
    }

    // Returns how many bytes the element takes.
    private static ulong UnpackElement(LuaCall c, Work work, LuaString data)
    {
        ref StructFormat format = ref work.Format;
        ReadOnlySpan<byte> rest = data.Span[(int)work.Position..];
        int size = format.Size;
        if (format.IsInteger)
        {
            Add(c, work, Number(rest[..size], format.IsBigEndian, format.IsSigned));
            return (ulong)size;
        }

        switch (format.Kind)
        {
            case (byte)'x':
                break;
            case (byte)'f':
                uint single = (uint)Bits(rest[..size], format.IsBigEndian);
                Add(c, work, (double)BitConverter.UInt32BitsToSingle(single));
                break;
            case (byte)'d':
                Add(c, work, BitConverter.UInt64BitsToDouble(Bits(rest[..size], format.IsBigEndian)));
                break;
            case (byte)'c':
                if (size == 0) size = SizeBefore(c, work, data);
                Add(c, work, c.Machine.NewString(rest[..size]));
                break;
            case (byte)'s':
                size = rest.IndexOf((byte)0);
                if (size < 0) throw c.Failure("unfinished string in data");
                Add(c, work, c.Machine.NewString(rest[..size]));
                return (ulong)size + 1;
            default:
                format.Control(c);
                break;
        }

        return (ulong)size;
    }

    // Takes the number before, which may be a string that is one, as the size of what follows.
    private static int SizeBefore(LuaCall c, Work work, LuaString data)
    {
        double number = 0;
        LuaValue before = work.Results > 0 ? c.Pushed(work.Results) : default;
        if (before.IsNumber) number = before.Number;
        else if (before.Ref is not LuaString text || !LuaNumber.TryParse(text.Span, out number))
            throw c.Failure("format 'c0' needs a previous size");
        c.KeepPushed(--work.Results);
        ulong size = LuaArithmetic.ToUnsigned(number);
        Check(c, data, work.Position, size);
        return (int)size;
    }

    private static LuaAction Size(LuaCall c)
    {
        if (c.Step == 0) c.State = new Work(c.String(1));
        var work = (Work)c.State!;
        ref StructFormat format = ref work.Format;
        while (format.Next(c))
        {
            work.Position += (ulong)format.Padding(work.Position);
            if (format.Kind == 's') throw c.BadArgument(1, "option 's' has no fixed size");
            if (format.Kind == 'c' && format.Size == 0)
                throw c.BadArgument(1, "option 'c0' has no fixed size");
            if (!char.IsAsciiLetterOrDigit((char)format.Kind)) format.Control(c);
            work.Position += (ulong)format.Size;
            if (c.Spend(1)) return c.Again(1);
        }

        return c.Return((double)(long)work.Position);
    }

    private static void Add(LuaCall c, Work work, in LuaValue value)
    {
        c.Push(value);
        work.Results++;
    }

    private static void Check(LuaCall c, LuaString data, ulong position, ulong size)
    {
        ulong length = (ulong)data.Length;
        if (size > length || position > length - size) throw c.BadArgument(2, "data string too short");
    }

    // The C function puts a nil behind its arguments, which is what the first missing one is.
    private static double NumberAt(LuaCall c, int number) =>
        number <= c.Count ? c.Number(number) : throw c.BadArgument(number, "number expected, got nil");

    private static LuaString TextAt(LuaCall c, int number) =>
        number <= c.Count ? c.String(number) : throw c.BadArgument(number, "string expected, got nil");

    // Bytes beyond the eighth are zeros, of negative numbers as well.
    private static void PutInteger(Span<byte> into, ulong value, bool isBigEndian)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        into.Clear();
        bytes[..Math.Min(bytes.Length, into.Length)].CopyTo(into);
        if (isBigEndian) into.Reverse();
    }

    private static ulong Bits(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        ulong bits = 0;
        for (int i = 0; i < bytes.Length; i++)
            bits = (bits << 8) | bytes[isBigEndian ? i : bytes.Length - 1 - i];
        return bits;
    }

    private static double Number(ReadOnlySpan<byte> bytes, bool isBigEndian, bool isSigned)
    {
        ulong bits = Bits(bytes, isBigEndian);
        if (!isSigned) return bits;
        // A shift by more than 63 begins anew at 0, as the processor's does.
        ulong mask = ulong.MaxValue << ((bytes.Length * 8) - 1);
        if ((bits & mask) != 0) bits |= mask;
        return (long)bits;
    }

    private sealed class Work(LuaString text) : IMemoryHolder
    {
        public StructFormat Format = new(text);

        public ByteBuffer? Output { get; init; }

        /// <summary>The next argument that is packed.</summary>
        public int Argument { get; set; }

        /// <summary>How many values are on the stack as results.</summary>
        public int Results { get; set; }

        /// <summary>The position in the data; it wraps around as C's does.</summary>
        public ulong Position { get; set; }

        void IMemoryHolder.Count(MemoryCount count) => Output?.Count(count);
    }
}
