using System.Buffers.Binary;

namespace Hedge.Storage.Types;

/// <summary>
/// The keys of a stream's elements, which have this order.
/// <code>
/// key := 0                                          head
///      | 1 name                                     group
///      | 2 group:u32 name                           consumer
///      | 3 group:u32 id                             an entry pending in a group
///      | 4 group:u32 consumer:u32                   a consumer's name
///      | 4 group:u32 consumer:u32 id                an entry pending at a consumer
///      | 5 id                                       entry
/// id  := milliseconds:u64 sequence:u64              all numbers are big-endian
/// </code>
/// </summary>
internal ref struct StreamKey
{
    /// <summary>Room that every key with an id or a short name fits in.</summary>
    public const int SmallBytes = 128;

    /// <summary>What a consumer's key begins with.</summary>
    public const byte ConsumerKind = 2;

    /// <summary>What the key of an entry pending in a group begins with.</summary>
    public const byte PendingKind = 3;

    /// <summary>What the keys of a consumer's name and of an entry pending at it begin with.</summary>
    public const byte OwnedKind = 4;

    /// <summary>The kind of the head.</summary>
    public const byte HeadKind = 0;

    /// <summary>The kind of a group.</summary>
    public const byte GroupKind = 1;

    /// <summary>The kind of an entry.</summary>
    public const byte EntryKind = 5;

    private readonly Span<byte> _room;
    private int _length;

    private StreamKey(Span<byte> room, byte kind, int more)
    {
        _room = 1 + more <= room.Length ? room : new byte[1 + more];
        _room[0] = kind;
        _length = 1;
    }

    /// <summary>The key.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _room[.._length];

    /// <summary>The head's.</summary>
    public static ReadOnlySpan<byte> Head => [HeadKind];

    /// <summary>What is not after any group and after the head.</summary>
    public static ReadOnlySpan<byte> Groups => [GroupKind];

    /// <summary>What is after all groups.</summary>
    public static ReadOnlySpan<byte> GroupsEnd => [ConsumerKind];

    /// <summary>What is before all entries and after everything else.</summary>
    public static ReadOnlySpan<byte> Entries => [EntryKind];

    /// <summary>A group's.</summary>
    public static StreamKey Group(Span<byte> room, ReadOnlySpan<byte> name)
    {
        StreamKey key = new(room, GroupKind, name.Length);
        key.Add(name);
        return key;
    }

    /// <summary>A consumer's.</summary>
    public static StreamKey Consumer(Span<byte> room, uint group, ReadOnlySpan<byte> name)
    {
        StreamKey key = new(room, ConsumerKind, sizeof(uint) + name.Length);
        key.Add(group);
        key.Add(name);
        return key;
    }

    /// <summary>What is not after anything that a group has of a kind.</summary>
    /// <param name="room">Room for the key.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="group">The group, or one more than the last.</param>
    public static StreamKey OfGroup(Span<byte> room, byte kind, ulong group)
    {
        bool isEnd = group > uint.MaxValue;
        StreamKey key = new(room, isEnd ? (byte)(kind + 1) : kind, sizeof(uint));
        if (!isEnd) key.Add((uint)group);
        return key;
    }

    /// <summary>The one of a consumer's name; it is not after anything that the consumer has.</summary>
    /// <param name="room">Room for the key.</param>
    /// <param name="group">The group.</param>
    /// <param name="consumer">The consumer, or one more than the last.</param>
    public static StreamKey OfConsumer(Span<byte> room, uint group, ulong consumer)
    {
        if (consumer > uint.MaxValue) return OfGroup(room, OwnedKind, group + 1UL);
        StreamKey key = new(room, OwnedKind, 2 * sizeof(uint));
        key.Add(group);
        key.Add((uint)consumer);
        return key;
    }

    /// <summary>A pending entry's.</summary>
    public static StreamKey Pending(Span<byte> room, uint group, StreamId id)
    {
        StreamKey key = new(room, PendingKind, sizeof(uint) + StreamId.SizeBytes);
        key.Add(group);
        key.Add(id);
        return key;
    }

    /// <summary>The one of an entry that is pending at a consumer.</summary>
    public static StreamKey Owned(Span<byte> room, uint group, uint consumer, StreamId id)
    {
        StreamKey key = new(room, OwnedKind, (2 * sizeof(uint)) + StreamId.SizeBytes);
        key.Add(group);
        key.Add(consumer);
        key.Add(id);
        return key;
    }

    /// <summary>An entry's.</summary>
    public static StreamKey Entry(Span<byte> room, StreamId id)
    {
        StreamKey key = new(room, EntryKind, StreamId.SizeBytes);
        key.Add(id);
        return key;
    }

    /// <summary>The id at the end of a key.</summary>
    public static StreamId IdIn(ReadOnlySpan<byte> key) => StreamId.Read(key[^StreamId.SizeBytes..]);

    /// <summary>True for an entry's key.</summary>
    public static bool IsEntry(ReadOnlySpan<byte> key) => key[0] == EntryKind;

    /// <summary>True for the key of an entry that is pending in a group, or with a number at that consumer of
    /// the group.</summary>
    public static bool IsPending(ReadOnlySpan<byte> key, uint group, uint? consumer)
    {
        int length = 1 + sizeof(uint) + (consumer == null ? 0 : sizeof(uint)) + StreamId.SizeBytes;
        if (key[0] != (consumer == null ? PendingKind : OwnedKind) || key.Length != length) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(key[1..]) != group) return false;
        return consumer == null
            || BinaryPrimitives.ReadUInt32BigEndian(key[(1 + sizeof(uint))..]) == consumer;
    }

    /// <summary>True for a group's key.</summary>
    public static bool IsGroup(ReadOnlySpan<byte> key) => key[0] == GroupKind;

    /// <summary>The name in a group's key.</summary>
    public static ReadOnlySpan<byte> GroupName(ReadOnlySpan<byte> key) => key[1..];

    /// <summary>The name in a consumer's key.</summary>
    public static ReadOnlySpan<byte> ConsumerName(ReadOnlySpan<byte> key) => key[(1 + sizeof(uint))..];

    private void Add(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_room[_length..]);
        _length += name.Length;
    }

    private void Add(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_room[_length..], number);
        _length += sizeof(uint);
    }

    private void Add(StreamId id)
    {
        id.Write(_room[_length..]);
        _length += StreamId.SizeBytes;
    }
}
