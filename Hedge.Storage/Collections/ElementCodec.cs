using System.Runtime.CompilerServices;

namespace Hedge.Storage.Collections;

/// <summary>Lengths in front of bytes, in elements and separators: seven bits a byte, the lowest first; the
/// top bit says that more follow.</summary>
internal static class ElementCodec
{
    /// <summary>The most bytes of a length.</summary>
    public const int LengthBytesMax = 5;

    /// <summary>Reads a length and moves past it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadLength(ReadOnlySpan<byte> source, ref int at)
    {
        uint first = source[at++];
        return first < 0x80 ? (int)first : ReadLong(source, ref at, first);
    }

    /// <summary>Reads bytes that follow their length.</summary>
    /// <param name="source">What they are in.</param>
    /// <param name="at">Where their length begins.</param>
    public static ReadOnlySpan<byte> ReadBytes(ReadOnlySpan<byte> source, int at)
    {
        int length = ReadLength(source, ref at);
        return source.Slice(at, length);
    }

    /// <summary>The end of bytes that follow their length, which begins at a place.</summary>
    public static int EndOfBytes(ReadOnlySpan<byte> source, int at)
    {
        int length = ReadLength(source, ref at);
        return at + length;
    }

    /// <summary>As <see cref="ReadLength"/>, of bytes that come from outside; false when they are no
    /// length.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> source, ref int at, out uint length)
    {
        length = 0;
        for (int shift = 0; shift < 32 && at < source.Length; shift += 7)
        {
            uint next = source[at++];
            if (shift == 28 && next > 0xF) return false;
            length |= (next & 0x7F) << shift;
            if (next < 0x80) return true;
        }

        return false;
    }

    /// <summary>Moves past bytes that follow their length, and some more bytes; false when they are not all
    /// there.</summary>
    public static bool TrySkip(ReadOnlySpan<byte> source, ref int at, int more = 0)
    {
        if (!TryReadLength(source, ref at, out uint length)) return false;
        if (length + (long)more > source.Length - at) return false;
        at += (int)length + more;
        return true;
    }

    /// <summary>Writes a length and moves past it.</summary>
    public static void WriteLength(Span<byte> target, ref int at, int length)
    {
        uint rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7) target[at++] = (byte)(rest | 0x80);
        target[at++] = (byte)rest;
    }

    private static int ReadLong(ReadOnlySpan<byte> source, ref int at, uint first)
    {
        uint value = first & 0x7F;
        for (int shift = 7; ; shift += 7)
        {
            uint next = source[at++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return (int)value;
        }
    }
}
