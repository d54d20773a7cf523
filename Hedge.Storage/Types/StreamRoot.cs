using System.Buffers.Binary;

namespace Hedge.Storage.Types;

/// <summary>
/// The value of a stream's first element. Absent is the same as all zero.
/// <code>
/// head := floor:id maxDeleted:id removed:i64 nextGroup:u32      little-endian but for the ids
/// </code>
/// <c>floor</c> is the highest id that was given, if the last entry's is not; <c>removed</c> the entries that
/// were added and are not there any more.
/// </summary>
internal readonly record struct StreamRoot(StreamId Floor, StreamId MaxDeleted, long Removed, uint NextGroup)
{
    /// <summary>The value's length.</summary>
    public const int SizeBytes = RemovedAt + sizeof(long) + sizeof(uint);

    private const int RemovedAt = 2 * StreamId.SizeBytes;

    /// <summary>Reads it.</summary>
    public static StreamRoot Read(ReadOnlySpan<byte> value) => value.IsEmpty ? default : new(
        StreamId.Read(value), StreamId.Read(value[StreamId.SizeBytes..]),
        BinaryPrimitives.ReadInt64LittleEndian(value[RemovedAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(value[(RemovedAt + sizeof(long))..]));

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> target)
    {
        Floor.Write(target);
        MaxDeleted.Write(target[StreamId.SizeBytes..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[RemovedAt..], Removed);
        BinaryPrimitives.WriteUInt32LittleEndian(target[(RemovedAt + sizeof(long))..], NextGroup);
    }
}
