using System.Buffers.Binary;

namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>
/// A HyperLogLog as Redis keeps it in a string: 16384 registers of 0 to 63, which estimate how many different
/// elements were added.
/// <code>
/// value    := "HYLL" encoding:u8 unused:u8{3} cached:u64le dense | sparse
/// cached   := the cardinality; the highest bit is set when it has to be computed anew
/// dense    := encoding 0; register r in the bits 6r to 6r+5, the lowest bit of a byte first
/// sparse   := encoding 1; opcode*, which together cover all registers in their order
/// opcode   := 00nnnnnn                 n+1 registers of 0 ("ZERO")
///           | 01nnnnnn nnnnnnnn        n+1 registers of 0 ("XZERO")
///           | 1vvvvvnn                 n+1 registers of v+1 ("VAL")
/// </code>
/// </summary>
internal static class HyperLogLog
{
    /// <summary>Number of registers.</summary>
    public const int Registers = 1 << IndexBits;

    /// <summary>Bits of an element's hash that choose its register.</summary>
    public const int IndexBits = 14;

    /// <summary>Length of what stands before the registers.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Length of a dense value.</summary>
    public const int DenseBytes = HeaderBytes + (Registers / 4 * 3);

    /// <summary>The most that a sparse value with all registers takes.</summary>
    public const int SparseBytesMax = HeaderBytes + (Registers * 2);

    /// <summary>Where the highest byte of the cached cardinality stands.</summary>
    public const int StaleAt = HeaderBytes - 1;

    /// <summary>The bit of that byte which says that the cardinality is to be computed anew.</summary>
    public const byte StaleBit = 0x80;

    /// <summary>Where the cached cardinality stands.</summary>
    public const int CardinalityAt = 8;

    private const int EncodingAt = 4;

    private const byte Dense = 0;
    private const byte Sparse = 1;

    /// <summary>The value without any element: one opcode for all registers.</summary>
    public static ReadOnlySpan<byte> Empty =>
        [(byte)'H', (byte)'Y', (byte)'L', (byte)'L', Sparse, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF];

    /// <summary>True for a string that looks like a HyperLogLog; sparse registers may be damaged all the
    /// same.</summary>
    public static bool IsOne(ReadOnlySpan<byte> value) =>
        value.Length >= HeaderBytes && value.StartsWith("HYLL"u8) && value[EncodingAt] <= Sparse
        && (value[EncodingAt] != Dense || value.Length == DenseBytes);

    /// <summary>True when the registers are dense.</summary>
    public static bool IsDense(ReadOnlySpan<byte> value) => value[EncodingAt] == Dense;

    /// <summary>Marks a value as dense.</summary>
    public static void MarkDense(Span<byte> value) => value[EncodingAt] = Dense;

    /// <summary>True when the cached cardinality does not hold any more.</summary>
    public static bool IsStale(ReadOnlySpan<byte> value) => (value[StaleAt] & StaleBit) != 0;

    /// <summary>Says that the cached cardinality does not hold any more.</summary>
    public static void MakeStale(Span<byte> value) => value[StaleAt] |= StaleBit;

    /// <summary>The cached cardinality.</summary>
    public static ulong Cached(ReadOnlySpan<byte> value) =>
        BinaryPrimitives.ReadUInt64LittleEndian(value[CardinalityAt..]);

    /// <summary>Raises registers, one byte each, to those of a value. False when the value is
    /// damaged.</summary>
    public static bool TryMerge(ReadOnlySpan<byte> value, Span<byte> registers)
    {
        if (IsDense(value))
        {
            DenseRegisters.Merge(value[HeaderBytes..], registers);
            return true;
        }

        int at = 0;
        var runs = new RegisterRuns(value[HeaderBytes..]);
        while (runs.MoveNext())
        {
            if (at + runs.Length > Registers) return false;
            if (runs.Value > 0)
            {
                foreach (ref byte register in registers.Slice(at, runs.Length))
                    register = Math.Max(register, (byte)runs.Value);
            }

            at += runs.Length;
        }

        return at == Registers;
    }

    /// <summary>Estimates the cardinality. False when the value is damaged.</summary>
    public static bool TryEstimate(ReadOnlySpan<byte> value, out ulong cardinality)
    {
        Span<int> counts = stackalloc int[Cardinality.Values];
        counts.Clear();
        cardinality = 0;
        if (IsDense(value))
        {
            DenseRegisters.Count(value[HeaderBytes..], counts);
        }
        else
        {
            int covered = 0;
            var runs = new RegisterRuns(value[HeaderBytes..]);
            while (runs.MoveNext())
            {
                counts[runs.Value] += runs.Length;
                covered += runs.Length;
                if (covered > Registers) return false;
            }

            if (covered != Registers) return false;
        }

        cardinality = Cardinality.Estimate(counts);
        return true;
    }

    /// <summary>Estimates the cardinality of registers, one byte each.</summary>
    public static ulong Estimate(ReadOnlySpan<byte> registers)
    {
        Span<int> counts = stackalloc int[Cardinality.Values];
        counts.Clear();
        foreach (byte register in registers) counts[register]++;
        return Cardinality.Estimate(counts);
    }
}
