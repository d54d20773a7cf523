using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>The parts of a hash's element (<see cref="FieldOrder"/>).</summary>
internal readonly ref struct FieldElement
{
    /// <summary>Takes the bytes' first element apart.</summary>
    public FieldElement(ReadOnlySpan<byte> at)
    {
        int end = 0;
        int head = ElementCodec.ReadLength(at, ref end);
        Field = at.Slice(end, (int)((uint)head >> 1));
        end += Field.Length;
        ExpireAt = (head & 1) == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(at[end..]);
        end += (head & 1) * FieldOrder.ExpiryBytes;
        Value = ElementCodec.ReadBytes(at, end);
    }

    /// <summary>The field.</summary>
    public ReadOnlySpan<byte> Field { get; }

    /// <summary>When it expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>True when its time has come.</summary>
    public bool IsDue(long now) => ExpireAt != 0 && ExpireAt <= now;
}
