using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hedge.Host.Commands.Bitmaps;

/// <summary>Counting, finding and combining bits. Bit 0 is the highest bit of the first byte.</summary>
internal static class Bits
{
    /// <summary>Number of bits set in the range, which must lie within the value.</summary>
    public static long Count(ReadOnlySpan<byte> value, BitRange range)
    {
        int first = (int)(range.First >> 3), last = (int)(range.Last >> 3);
        long count = Count(value[first..(last + 1)]);
        int before = value[first] & ~(0xFF >> (int)(range.First & 7)) & 0xFF;
        int after = value[last] & (0xFF >> (int)(range.Last & 7) >> 1);
        return count - BitOperations.PopCount((uint)before) - BitOperations.PopCount((uint)after);
    }

    /// <summary>Position of the first bit of that kind in the range, which must lie within the value, or
    /// -1.</summary>
    public static long Find(ReadOnlySpan<byte> value, BitRange range, bool set)
    {
        int first = (int)(range.First >> 3), last = (int)(range.Last >> 3);
        byte skip = set ? (byte)0 : (byte)0xFF;
        int head = (set ? value[first] : ~value[first]) & (0xFF >> (int)(range.First & 7));
        int at = first;
        if (head == 0)
        {
            int more = value[(first + 1)..(last + 1)].IndexOfAnyExcept(skip);
            if (more < 0) return -1;
            at = first + 1 + more;
            head = set ? value[at] : ~value[at] & 0xFF;
        }

        long position = ((long)at << 3) + BitOperations.LeadingZeroCount((uint)head << 24);
        return position <= range.Last ? position : -1;
    }

    /// <summary>target &amp;= other; beyond its end the other is zero.</summary>
    public static void And(Span<byte> target, ReadOnlySpan<byte> other)
    {
        int done = 0;
        for (; done <= other.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            (new Vector<byte>(target[done..]) & new Vector<byte>(other[done..])).CopyTo(target[done..]);
        for (; done < other.Length; done++) target[done] &= other[done];
        target[done..].Clear();
    }

    /// <summary>target |= other.</summary>
    public static void Or(Span<byte> target, ReadOnlySpan<byte> other)
    {
        int done = 0;
        for (; done <= other.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            (new Vector<byte>(target[done..]) | new Vector<byte>(other[done..])).CopyTo(target[done..]);
        for (; done < other.Length; done++) target[done] |= other[done];
    }

    /// <summary>target &amp;= ~other; beyond its end the other is zero.</summary>
    public static void AndNot(Span<byte> target, ReadOnlySpan<byte> other)
    {
        int done = 0;
        for (; done <= other.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            (new Vector<byte>(target[done..]) & ~new Vector<byte>(other[done..])).CopyTo(target[done..]);
        for (; done < other.Length; done++) target[done] &= (byte)~other[done];
    }

    /// <summary>target ^= other.</summary>
    public static void Xor(Span<byte> target, ReadOnlySpan<byte> other)
    {
        int done = 0;
        for (; done <= other.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            (new Vector<byte>(target[done..]) ^ new Vector<byte>(other[done..])).CopyTo(target[done..]);
        for (; done < other.Length; done++) target[done] ^= other[done];
    }

    /// <summary>target = ~target.</summary>
    public static void Not(Span<byte> target)
    {
        int done = 0;
        for (; done <= target.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            (~new Vector<byte>(target[done..])).CopyTo(target[done..]);
        for (; done < target.Length; done++) target[done] = (byte)~target[done];
    }

    // Words counted one by one in four independent chains, after whole vectors of a long value.
    private static long Count(ReadOnlySpan<byte> bytes)
    {
        long a = Avx2.IsSupported ? CountVectors(ref bytes) : 0, b = 0, c = 0, d = 0;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        int i = 0;
        for (; i <= words.Length - 4; i += 4)
        {
            a += BitOperations.PopCount(words[i]);
            b += BitOperations.PopCount(words[i + 1]);
            c += BitOperations.PopCount(words[i + 2]);
            d += BitOperations.PopCount(words[i + 3]);
        }

        for (; i < words.Length; i++) a += BitOperations.PopCount(words[i]);
        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..]) b += BitOperations.PopCount(rest);
        return a + b + c + d;
    }

    // Looks each half byte's count up in a table of sixteen, 32 bytes at a time. A byte lane takes up to 8
    // per step, so it is emptied into the 64-bit sums after at most 31 steps. Takes what it has counted off
    // the front.
    private static long CountVectors(ref ReadOnlySpan<byte> bytes)
    {
        const int StepsMax = 31;
        Vector256<byte> counts = Vector256.Create(
            (byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
        Vector256<byte> low = Vector256.Create((byte)0x0F);
        Vector256<ulong> sums = Vector256<ulong>.Zero;
        ReadOnlySpan<Vector256<byte>> vectors = MemoryMarshal.Cast<byte, Vector256<byte>>(bytes);
        bytes = bytes[(vectors.Length * Vector256<byte>.Count)..];
        while (vectors.Length > 0)
        {
            int steps = Math.Min(vectors.Length, StepsMax);
            Vector256<byte> lanes = Vector256<byte>.Zero;
            foreach (Vector256<byte> vector in vectors[..steps])
            {
                lanes += Avx2.Shuffle(counts, vector & low);
                lanes += Avx2.Shuffle(counts, (vector.AsUInt16() >>> 4).AsByte() & low);
            }

            sums += Avx2.SumAbsoluteDifferences(lanes, Vector256<byte>.Zero).AsUInt64();
            vectors = vectors[steps..];
        }

        return (long)Vector256.Sum(sums);
    }
}
