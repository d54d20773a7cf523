using System.Buffers.Binary;

namespace Hedge.Storage.Types;

/// <summary>What an element of a stream is (<see cref="StreamKey"/>).</summary>
public enum StreamElementKind
{
    /// <summary>What repeats another element's contents, for look-ups.</summary>
    Other,

    /// <summary>What the stream says of itself.</summary>
    Head,

    /// <summary>A group.</summary>
    Group,

    /// <summary>A consumer of a group.</summary>
    Consumer,

    /// <summary>An entry that is pending in a group.</summary>
    Pending,

    /// <summary>An entry.</summary>
    Entry,
}

/// <summary>Takes a stream's elements apart, one at a time, for those who go through all of them in order.
/// The head comes first.</summary>
public sealed class StreamElements
{
    private const int GroupAt = 1;
    private const int NameAt = GroupAt + sizeof(uint);

    private StreamRoot _root;

    /// <summary>What the last element is. Which properties mean something depends on it.</summary>
    public StreamElementKind Kind { get; private set; }

    /// <summary>The id of an entry, or of a pending one.</summary>
    public StreamId Id { get; private set; }

    /// <summary>The name of a group or a consumer.</summary>
    public byte[] Name { get; private set; } = [];

    /// <summary>The group.</summary>
    public StreamGroup Group { get; private set; }

    /// <summary>The group of a consumer or a pending entry.</summary>
    public uint GroupNumber { get; private set; }

    /// <summary>The consumer.</summary>
    public StreamConsumer Consumer { get; private set; }

    /// <summary>What is known of a pending entry.</summary>
    public StreamPending Pending { get; private set; }

    /// <summary>True for an element that is an entry.</summary>
    public static bool IsEntry(ReadOnlySpan<byte> key) => key[0] == StreamKey.EntryKind;

    /// <summary>The id in the key of an entry.</summary>
    public static StreamId IdOf(ReadOnlySpan<byte> key) => StreamKey.IdIn(key);

    /// <summary>Takes an element apart.</summary>
    public void Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Kind = key[0] switch
        {
            StreamKey.HeadKind => StreamElementKind.Head,
            StreamKey.GroupKind => StreamElementKind.Group,
            StreamKey.ConsumerKind => StreamElementKind.Consumer,
            StreamKey.PendingKind => StreamElementKind.Pending,
            StreamKey.EntryKind => StreamElementKind.Entry,
            _ => StreamElementKind.Other,
        };
        switch (Kind)
        {
            case StreamElementKind.Head:
                _root = StreamRoot.Read(value);
                break;
            case StreamElementKind.Group:
                Name = key[1..].ToArray();
                Group = StoredGroups.ReadGroup(value);
                break;
            case StreamElementKind.Consumer:
                GroupNumber = BinaryPrimitives.ReadUInt32BigEndian(key[GroupAt..]);
                Name = key[NameAt..].ToArray();
                Consumer = StoredGroups.ReadConsumer(value);
                break;
            case StreamElementKind.Pending:
                GroupNumber = BinaryPrimitives.ReadUInt32BigEndian(key[GroupAt..]);
                Id = StreamKey.IdIn(key);
                Pending = StoredPending.Read(value);
                break;
            case StreamElementKind.Entry:
                Id = StreamKey.IdIn(key);
                break;
        }
    }

    /// <summary>What the stream says of itself, when all elements have come.</summary>
    /// <param name="length">How many entries there were.</param>
    /// <param name="first">The first one's id.</param>
    /// <param name="last">The last one's id.</param>
    public StreamHead HeadOf(long length, StreamId first, StreamId last) => new(
        length, first, last > _root.Floor ? last : _root.Floor, _root.MaxDeleted,
        unchecked(length + _root.Removed));
}
