using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Types;

namespace Hedge.Storage.CollectionFiles;

/// <summary>
/// The elements of a stream (<see cref="StreamKey"/>), which come in the order of their keys: each has the
/// form of its kind, groups and consumers that are referred to are there, and what is there twice is there
/// twice.
/// </summary>
/// <param name="names">Pairs the consumers' names.</param>
/// <param name="owned">Pairs what is pending.</param>
internal sealed class StreamCheck(PairSum names, PairSum owned) : IElementCheck
{
    private const int GroupAt = 1;
    private const int OwnerAt = GroupAt + sizeof(uint);
    private const int OwnedAt = OwnerAt + sizeof(uint);

    // Each group's next consumer, and the consumers of all groups.
    private readonly Dictionary<uint, uint> _groups = [];
    private readonly HashSet<(uint Group, uint Consumer)> _consumers = [];
    private uint _nextGroup;

    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
        ReadOnlySpan<byte> value = KeyOrder.Value(element);
        if (key.IsEmpty) return false;
        return key[0] switch
        {
            StreamKey.HeadKind => IsHead(key, value),
            StreamKey.GroupKind => IsGroup(value),
            StreamKey.ConsumerKind => IsConsumer(key, value),
            StreamKey.PendingKind => IsPending(key, value),
            StreamKey.OwnedKind => IsOwned(key, value),
            StreamKey.EntryKind => key.Length == 1 + StreamId.SizeBytes && IsContent(value),
            _ => false,
        };
    }

    private bool IsHead(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != 1 || value.Length != StreamRoot.SizeBytes) return false;
        _nextGroup = StreamRoot.Read(value).NextGroup;
        return true;
    }

    private bool IsGroup(ReadOnlySpan<byte> value)
    {
        if (value.Length != StoredGroups.GroupBytes) return false;
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(value);
        uint next = BinaryPrimitives.ReadUInt32LittleEndian(value[^sizeof(uint)..]);
        return number < _nextGroup && _groups.TryAdd(number, next);
    }

    private bool IsConsumer(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length < OwnerAt || value.Length != StoredGroups.ConsumerBytes) return false;
        uint group = GroupOf(key);
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(value);
        names.Add(key[OwnerAt..], PairOf(group, number));
        return _groups.TryGetValue(group, out uint next) && number < next && _consumers.Add((group, number));
    }

    private bool IsPending(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != OwnerAt + StreamId.SizeBytes) return false;
        if (value.Length != StoredPending.PendingBytes) return false;
        uint consumer = BinaryPrimitives.ReadUInt32LittleEndian(value);
        owned.Add(key[OwnerAt..], PairOf(GroupOf(key), consumer));
        return _consumers.Contains((GroupOf(key), consumer));
    }

    private bool IsOwned(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length < OwnedAt) return false;
        uint group = GroupOf(key);
        uint consumer = BinaryPrimitives.ReadUInt32BigEndian(key[OwnerAt..]);
        if (!_consumers.Contains((group, consumer))) return false;
        if (key.Length == OwnedAt)
        {
            names.Remove(value, PairOf(group, consumer));
            return true;
        }

        if (key.Length != OwnedAt + StreamId.SizeBytes || !value.IsEmpty) return false;
        owned.Remove(key[OwnedAt..], PairOf(group, consumer));
        return true;
    }

    private static uint GroupOf(ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt32BigEndian(key[GroupAt..]);

    private static ulong PairOf(uint group, uint consumer) => ((ulong)group << 32) | consumer;

    private static bool IsContent(ReadOnlySpan<byte> content)
    {
        int at = 0;
        if (!ElementCodec.TryReadLength(content, ref at, out uint fields)) return false;
        for (long texts = 2L * fields; texts > 0; texts--)
            if (!ElementCodec.TrySkip(content, ref at)) return false;
        return at == content.Length;
    }
}
