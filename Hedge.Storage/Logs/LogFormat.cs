using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hedge.Storage.Logs;

/// <summary>
/// The log's bytes; <c>docs/formats/log.md</c> says why they are as they are. All integers are little-endian.
/// </summary>
/// <remarks>
/// <code>
/// segment := header frame* rest
/// header  := "HEDGELOG" version:u32 core:u32 number:u64 id:u64 bytes:u64 zero:20 crc:u32      64 bytes
/// frame   := crc:u32 length:u32 tag:u32 synced:u32 (record+ | seal | mark)         16 bytes + length
/// record  := (part operation+)+
/// </code> A frame is either torn or whole. A record is one atomic batch. A frame's tag is the segment's
/// tag plus the frame's offset, and its checksum starts from the segment id's checksum. So neither a
/// recycled file's old frames nor misdirected ones pass. <c>synced</c> is the offset in this segment up to
/// which the log was known to be durable when the frame was closed.
/// </remarks>
internal static class LogFormat
{
    public const uint Version = 3;
    public const int SegmentHeaderBytes = 64;
    public const int FrameHeaderBytes = 16;

    /// <summary>A frame that would become longer gets no further record. A frame of this size is still in
    /// the processor's first-level cache when its checksum is computed.</summary>
    public const int FrameBytes = 16 * 1024;

    /// <summary>The longest record.</summary>
    public const long RecordBytesMax = 0x7FFF_0000;

    /// <summary>The longest frame without its header. It may be longer than a record, which may begin in a
    /// frame that is nearly full.</summary>
    public const long FrameBytesMax = RecordBytesMax + FrameBytes;

    /// <summary>Room that is always left for a segment's seal.</summary>
    public const int SealBytes = FrameHeaderBytes + 2;

    /// <summary>The longest item without its key and value.</summary>
    public const int ItemBytesMax = 48;

    private const ulong Magic = 0x474F4C4547444548; // "HEDGELOG"

    /// <summary>Writes a segment's header to the first 64 bytes of <paramref name="target"/>.</summary>
    public static void WriteSegmentHeader(Span<byte> target, int core, ulong number, ulong id, long bytes)
    {
        target = target[..SegmentHeaderBytes];
        target.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], core);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], id);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Compute(target[..60]));
    }

    /// <summary>Reads and checks a segment's header; returns the segment's id.</summary>
    public static ulong ReadSegmentHeader(ReadOnlySpan<byte> source, string path, int core, ulong number)
    {
        if (source.Length < SegmentHeaderBytes)
            throw new LogException(
                LogProblem.Corrupt, path, source.Length, "the segment header is cut short");
        if (BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
            throw new LogException(LogProblem.Corrupt, path, 0, "not a log segment (wrong magic)");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(source[60..]);
        if (sum != Crc32C.Compute(source[..60]))
            throw new LogException(LogProblem.Corrupt, path, 0, "the segment header's checksum is wrong");
        if (version != Version)
        {
            throw new LogException(
                LogProblem.UnknownVersion, path, 8,
                $"log format version {version}; this build reads {Version}");
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(source[12..]) != core
            || BinaryPrimitives.ReadUInt64LittleEndian(source[16..]) != number)
        {
            throw new LogException(
                LogProblem.Corrupt, path, 12, "the segment header belongs to another segment");
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(source[24..]);
    }

    /// <summary>The least length of a segment's file, by a header that has been checked; 0 when the header
    /// does not say.</summary>
    public static long AllocatedBytes(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadInt64LittleEndian(source[32..]);

    /// <summary>A segment's id: a bijection of the number, so that the ids of one process never repeat
    /// (SplitMix64's finisher).</summary>
    public static ulong IdOf(ulong number)
    {
        ulong z = number * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Writes the header of a frame.</summary>
    /// <param name="frame">All of the frame, with its header.</param>
    /// <param name="seed">The value that the checksum starts from.</param>
    /// <param name="tag">The segment's tag plus the frame's offset.</param>
    /// <param name="synced">The offset up to which the segment is known to be durable.</param>
    public static void CloseFrame(Span<byte> frame, uint seed, uint tag, uint synced)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], (uint)(frame.Length - FrameHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], tag);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], synced);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Crc32C.Compute(frame[4..], seed));
    }

    /// <summary>True for a whole and right frame that is a seal.</summary>
    public static bool IsSeal(ReadOnlySpan<byte> frame, uint seed, uint tag) =>
        frame[FrameHeaderBytes] == LogItem.Seal
        && BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]) == (uint)(frame.Length - FrameHeaderBytes)
        && BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]) == tag
        && BinaryPrimitives.ReadUInt32LittleEndian(frame) == Crc32C.Compute(frame[4..], seed);

    /// <summary>The value that the checksums of a segment's frames start from.</summary>
    public static uint SeedOf(ulong id)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, id);
        return Crc32C.Compute(bytes);
    }

    /// <summary>The segment's tag: a frame's tag is this plus the frame's offset.</summary>
    public static uint TagOf(ulong id) => (uint)(id ^ (id >> 32));

    /// <summary>Reads a LEB128 number of at most 64 bits; false when it is cut short or too long.</summary>
    public static bool TryReadVarint(ReadOnlySpan<byte> source, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if ((uint)at >= (uint)source.Length) return false;
            byte next = source[at++];
            if (shift == 63 && next > 1) return false;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return true;
        }

        return false;
    }

    /// <summary>Writes a LEB128 number; returns the place after it.</summary>
    // SAFETY: the caller has reserved 10 bytes at target.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe byte* WriteVarint(byte* target, ulong value)
    {
        while (value >= 0x80)
        {
            *target++ = (byte)(value | 0x80);
            value >>= 7;
        }

        *target++ = (byte)value;
        return target;
    }
}
