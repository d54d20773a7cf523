using System.Buffers.Binary;

namespace Hedge.Storage.Types;

/// <summary>The id of a stream's entry.</summary>
/// <param name="Milliseconds">The time, or what was chosen for it.</param>
/// <param name="Sequence">Tells apart ids with the same time.</param>
public readonly record struct StreamId(ulong Milliseconds, ulong Sequence) : IComparable<StreamId>
{
    /// <summary>Bytes of an id, big-endian, so that ids sort as bytes.</summary>
    public const int SizeBytes = 2 * sizeof(ulong);

    /// <summary>The lowest id, which no entry has.</summary>
    public static StreamId Min => default;

    /// <summary>The highest id.</summary>
    public static StreamId Max => new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>True when one id is before another.</summary>
    public static bool operator <(StreamId left, StreamId right) => left.CompareTo(right) < 0;

    /// <summary>True when one id is after another.</summary>
    public static bool operator >(StreamId left, StreamId right) => left.CompareTo(right) > 0;

    /// <summary>True when one id is not after another.</summary>
    public static bool operator <=(StreamId left, StreamId right) => left.CompareTo(right) <= 0;

    /// <summary>True when one id is not before another.</summary>
    public static bool operator >=(StreamId left, StreamId right) => left.CompareTo(right) >= 0;

    /// <summary>Reads an id.</summary>
    public static StreamId Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source),
        BinaryPrimitives.ReadUInt64BigEndian(source[sizeof(ulong)..]));

    /// <summary>Writes the id.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Milliseconds);
        BinaryPrimitives.WriteUInt64BigEndian(target[sizeof(ulong)..], Sequence);
    }

    /// <summary>The next id. False when there is none.</summary>
    public bool TryIncrement(out StreamId next)
    {
        next = Sequence < ulong.MaxValue ? new StreamId(Milliseconds, Sequence + 1)
            : new StreamId(unchecked(Milliseconds + 1), 0);
        return this != Max;
    }

    /// <summary>The id before. False when there is none.</summary>
    public bool TryDecrement(out StreamId previous)
    {
        previous = Sequence > 0 ? new StreamId(Milliseconds, Sequence - 1)
            : new StreamId(unchecked(Milliseconds - 1), ulong.MaxValue);
        return this != Min;
    }

    /// <inheritdoc/>
    public int CompareTo(StreamId other)
    {
        int order = Milliseconds.CompareTo(other.Milliseconds);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }
}
