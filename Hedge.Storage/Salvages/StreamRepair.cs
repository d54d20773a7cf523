using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Types;

namespace Hedge.Storage.Salvages;

/// <summary>
/// Makes the elements of a damaged stream fit each other (<see cref="StreamKey"/>).
/// </summary>
/// <remarks>
/// 1. Entries stay. A lost head is made anew: its numbers of removed entries are not known any more.
/// 2. Groups stay. Consumers stay whose group and record are there; their second record is made of the first.
/// 3. What is pending in a group stays if its consumer is there; the consumer's side is made of the group's.
///    What only the consumer's side has was delivered once, nobody knows when.
/// </remarks>
internal static class StreamRepair
{
    private const int GroupAt = 1;
    private const int OwnerAt = GroupAt + sizeof(uint);
    private const int OwnedAt = OwnerAt + sizeof(uint);

    /// <summary>Gives the elements that stay and those that are made, in any order.</summary>
    public static List<byte[]> Repair(IReadOnlyList<byte[]> elements)
    {
        List<byte[]> kept = [];
        Dictionary<uint, byte[]> groups = [];
        HashSet<(uint, uint)> consumers = [];
        HashSet<string> pending = [];
        StreamRoot head = default;
        foreach (byte[] element in Of(elements, StreamKey.EntryKind)) kept.Add(element);
        foreach (byte[] element in Of(elements, StreamKey.HeadKind))
            head = StreamRoot.Read(KeyOrder.Value(element));
        foreach (byte[] element in Of(elements, StreamKey.GroupKind))
            groups.TryAdd(BinaryPrimitives.ReadUInt32LittleEndian(KeyOrder.Value(element)), element);
        foreach (byte[] element in Of(elements, StreamKey.ConsumerKind))
        {
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            uint group = GroupOf(key);
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(KeyOrder.Value(element));
            if (!groups.ContainsKey(group) || !consumers.Add((group, number))) continue;
            kept.Add(element);
            kept.Add(Element(OwnedKey(group, number, []), key[OwnerAt..]));
            RaiseNext(groups, group, number);
        }

        foreach (byte[] element in Of(elements, StreamKey.PendingKind))
        {
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            uint owner = BinaryPrimitives.ReadUInt32LittleEndian(KeyOrder.Value(element));
            if (!consumers.Contains((GroupOf(key), owner))) continue;
            if (!pending.Add(Convert.ToHexString(key[GroupAt..]))) continue;
            kept.Add(element);
            kept.Add(Element(OwnedKey(GroupOf(key), owner, key[OwnerAt..]), []));
        }

        foreach (byte[] element in Of(elements, StreamKey.OwnedKind))
        {
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            if (key.Length != OwnedAt + StreamId.SizeBytes) continue;
            uint owner = BinaryPrimitives.ReadUInt32BigEndian(key[OwnerAt..]);
            if (!consumers.Contains((GroupOf(key), owner))) continue;
            byte[] inGroup = [StreamKey.PendingKind, .. key[GroupAt..OwnerAt], .. key[OwnedAt..]];
            if (!pending.Add(Convert.ToHexString(inGroup.AsSpan(GroupAt)))) continue;
            byte[] value = new byte[StoredPending.PendingBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(value, owner);
            value[^sizeof(long)] = 1;
            kept.Add(Element(inGroup, value));
            kept.Add(Element(key, []));
        }

        kept.AddRange(groups.Values);
        uint next = groups.Count == 0 ? 0 : groups.Keys.Max() + 1;
        head = head with { NextGroup = Math.Max(head.NextGroup, next) };
        if (head != default)
        {
            byte[] value = new byte[StreamRoot.SizeBytes];
            head.Write(value);
            kept.Add(Element(StreamKey.Head, value));
        }

        return kept;
    }

    private static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> elements, byte kind) =>
        elements.Where(element =>
        {
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            return key.Length > 0 && key[0] == kind;
        });

    private static void RaiseNext(Dictionary<uint, byte[]> groups, uint group, uint number)
    {
        byte[] element = groups[group];
        Span<byte> next = element.AsSpan(element.Length - sizeof(uint));
        if (BinaryPrimitives.ReadUInt32LittleEndian(next) <= number)
            BinaryPrimitives.WriteUInt32LittleEndian(next, number + 1);
    }

    private static byte[] OwnedKey(uint group, uint consumer, ReadOnlySpan<byte> id)
    {
        byte[] key = new byte[OwnedAt + id.Length];
        key[0] = StreamKey.OwnedKind;
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(GroupAt), group);
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(OwnerAt), consumer);
        id.CopyTo(key.AsSpan(OwnedAt));
        return key;
    }

    private static byte[] Element(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(key.Length, value.Length));
        builder.Add(key);
        builder.Add(value);
        return builder.Element.ToArray();
    }

    private static uint GroupOf(ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt32BigEndian(key[GroupAt..]);
}
