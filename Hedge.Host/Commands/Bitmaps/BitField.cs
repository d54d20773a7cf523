using System.Buffers.Binary;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Bitmaps;

/// <summary>What happens to a number that does not fit.</summary>
internal enum Overflow
{
    /// <summary>The high bits are cut off.</summary>
    Wrap,

    /// <summary>The nearest number that fits.</summary>
    Saturate,

    /// <summary>Nothing is written, the reply is null.</summary>
    Fail,
}

/// <summary>An integer type of BITFIELD: signed up to 64 bits, unsigned up to 63.</summary>
internal readonly record struct BitField(bool Signed, int Width)
{
    /// <summary>Parses i1 … i64, u1 … u63.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out BitField field)
    {
        field = default;
        if (text.Length == 0 || text[0] is not ((byte)'i' or (byte)'u')) return false;
        bool signed = text[0] == 'i';
        if (!Numbers.TryParseInt64(text[1..], out long bits)) return false;
        if (bits < 1 || bits > (signed ? 64 : 63)) return false;
        field = new BitField(signed, (int)bits);
        return true;
    }

    /// <summary>The number at a bit offset; bits beyond the end are zero.</summary>
    public long Read(ReadOnlySpan<byte> bytes, long offset)
    {
        int shift = (int)(offset & 7);
        ulong bits = (ulong)(Window(bytes, offset >> 3) << shift >> 64);
        return Signed ? (long)bits >> (64 - Width) : (long)(bits >> (64 - Width));
    }

    /// <summary>Stores a number that fits (its low bits) at a bit offset; all its bytes must be
    /// there.</summary>
    public void Write(Span<byte> bytes, long offset, long value)
    {
        int first = (int)(offset >> 3);
        int shift = 128 - (int)(offset & 7) - Width;
        UInt128 mask = (UInt128)(ulong.MaxValue >> (64 - Width)) << shift;
        UInt128 window = (Window(bytes, first) & ~mask) | (((UInt128)(ulong)value << shift) & mask);
        Span<byte> buffer = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(buffer, window);
        int count = ((int)(offset & 7) + Width + 7) >> 3;
        buffer[..count].CopyTo(bytes[first..]);
    }

    /// <summary>value + increment as far as it fits; false when it does not: then <paramref name="sum"/> is
    /// what to store instead (meaningless for <see cref="Overflow.Fail"/>).</summary>
    public bool TryAdd(long value, long increment, Overflow overflow, out long sum)
    {
        unchecked
        {
            sum = value + increment;
            int excess = Signed ? SignedExcess(value, increment) : UnsignedExcess((ulong)value, increment);
            if (excess == 0) return true;
            if (overflow == Overflow.Wrap) sum = Cut(sum);
            else sum = excess > 0 ? Max : Min;
            return false;
        }
    }

    private long Max => Signed ? long.MaxValue >> (64 - Width) : (long)(ulong.MaxValue >> (64 - Width));

    private long Min => Signed ? long.MinValue >> (64 - Width) : 0;

    private static UInt128 Window(ReadOnlySpan<byte> bytes, long first)
    {
        Span<byte> buffer = stackalloc byte[16];
        buffer.Clear();
        if (first < bytes.Length)
        {
            ReadOnlySpan<byte> rest = bytes[(int)first..];
            rest[..Math.Min(9, rest.Length)].CopyTo(buffer);
        }

        return BinaryPrimitives.ReadUInt128BigEndian(buffer);
    }

    private long Cut(long value) =>
        Signed ? value << (64 - Width) >> (64 - Width) : (long)((ulong)value << (64 - Width) >> (64 - Width));

    // The room left is computed modulo 2^64, as Redis does: a value far outside of the type counts as too
    // large when that wraps.
    private int SignedExcess(long value, long increment)
    {
        long roomAbove = unchecked(Max - value), roomBelow = unchecked(Min - value);
        bool narrow = Width != 64;
        if (value > Max) return 1;
        if (increment > roomAbove && (narrow || (value >= 0 && increment > 0))) return 1;
        if (value < Min) return -1;
        return increment < roomBelow && (narrow || (value < 0 && increment < 0)) ? -1 : 0;
    }

    private int UnsignedExcess(ulong value, long increment)
    {
        ulong max = (ulong)Max;
        long roomAbove = unchecked((long)(max - value)), roomBelow = unchecked(-(long)value);
        if (value > max || (increment > 0 && increment > roomAbove)) return 1;
        return increment < 0 && increment < roomBelow ? -1 : 0;
    }
}
