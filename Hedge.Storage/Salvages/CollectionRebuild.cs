using System.Buffers.Binary;
using System.Text;
using Hedge.Storage.Checks;
using Hedge.Storage.Collections;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.Salvages;

/// <summary>
/// Makes a damaged collection anew of the elements that can be read: the same seed and encoding, other
/// nodes. The same collection gives the same nodes whenever it is made. It holds one collection's
/// elements in memory.
/// </summary>
/// <param name="nodes">Reads the damaged one's nodes.</param>
/// <param name="hashSeed">The data directory's part of the hashes' seeds.</param>
/// <param name="shape">How long nodes are.</param>
internal sealed class CollectionRebuild(CollectionNodes nodes, ulong hashSeed, TreeShape shape)
{
    private readonly ElementGathering _first = new();
    private readonly ElementGathering _second = new();
    private byte[] _body = [];
    private int _height;
    private uint _last;

    /// <summary>Elements that are in it.</summary>
    public long Count => _first.Elements.Count;

    /// <summary>Makes it.</summary>
    /// <param name="type">The key's type.</param>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="root">The key's value.</param>
    /// <param name="number">The collection's number from now on.</param>
    /// <param name="visitor">Is shown the nodes, in the order of their numbers.</param>
    /// <returns>The new value of the key; null when there is nothing left of it.</returns>
    public byte[]? Make(RecordType type, uint keyspace, byte[] root, ulong number, INodeVisitor visitor)
    {
        new CollectionCheck(nodes, hashSeed, static _ => { }) { First = _first, Second = _second }
            .Check(type, keyspace, root);
        ulong seed = hashSeed ^ RootFormat.Seed(root);
        switch (type)
        {
            case RecordType.List: Build<PositionOrder>(_first, seed, 0, visitor); break;
            case RecordType.Set: Sorted<MemberOrder>(seed, visitor); break;
            case RecordType.Hash: Hash(seed, visitor); break;
            case RecordType.SortedSet: SortedSet(seed, visitor); break;
            default:
                _first.Replace(StreamRepair.Repair(_first.Elements));
                Sorted<KeyOrder>(seed, visitor);
                break;
        }

        if (Count == 0) return null;
        byte[] head = new byte[RootFormat.HeadBytesMax];
        RootFormat.WriteLarge(head, RootFormat.Encoding(root), number, _last);
        RootFormat.WriteNumbers(
            head.AsSpan(RootFormat.CollectionAt), number, _last, RootFormat.Seed(root));
        head[RootFormat.HeightAt] = (byte)_height;
        byte[] timed = new byte[RootFormat.HeadBytesMax];
        int length = RootFormat.WriteHead(head, _second.Elements.Count == 0 || type != RecordType.Hash ? 0
            : RootFormat.Earliest(root), timed);
        return [.. timed.AsSpan(0, length), .. _body];
    }

    private void Sorted<TOrder>(ulong seed, INodeVisitor visitor)
        where TOrder : struct, IElementOrder
    {
        _first.Sort<TOrder>(seed);
        Build<TOrder>(_first, seed, 0, visitor);
    }

    // The times stand in the fields; the second tree is made of them. Its root's number is above all others.
    private void Hash(ulong seed, INodeVisitor visitor)
    {
        Sorted<FieldOrder>(seed, visitor);
        _second.Replace([]);
        foreach (byte[] element in _first.Elements)
        {
            FieldElement field = new(element);
            if (field.ExpireAt != 0) _second.Add(Scored(field.Field, field.ExpireAt));
        }

        if (_second.Elements.Count == 0) return;
        (byte[] body, int height) = (_body, _height);
        _second.Sort<ScoreOrder>(seed);
        Build<ScoreOrder>(_second, seed, _last, visitor);
        visitor.Visit(FieldTimes.Root, [(byte)_height, .. _body]);
        (_body, _height) = (body, height);
    }

    // Either tree has all members with their scores. The index comes first; its root is the first node.
    private void SortedSet(ulong seed, INodeVisitor visitor)
    {
        HashSet<string> known = [];
        foreach (byte[] element in _first.Elements)
            known.Add(Encoding.Latin1.GetString(ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes)));
        foreach (byte[] element in _second.Elements)
        {
            ReadOnlySpan<byte> member = ElementCodec.ReadBytes(element, 0);
            if (!known.Add(Encoding.Latin1.GetString(member))) continue;
            _first.Add(Scored(member, ScoredMemberOrder.Score(element)));
        }

        List<byte[]> index = [];
        foreach (byte[] element in _first.Elements)
        {
            ReadOnlySpan<byte> member = ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes);
            index.Add(Indexed(member, BinaryPrimitives.ReadDoubleLittleEndian(element)));
        }

        _second.Replace(index);
        _second.Sort<ScoredMemberOrder>(seed);
        // Its root is shown first, so it is built twice.
        Build<ScoredMemberOrder>(_second, seed, MemberIndex.Root, new NoVisitor());
        visitor.Visit(MemberIndex.Root, [(byte)_height, .. _body]);
        Build<ScoredMemberOrder>(_second, seed, MemberIndex.Root, visitor);
        uint last = _last;
        _first.Sort<ScoreOrder>(seed);
        Build<ScoreOrder>(_first, seed, last, visitor);
    }

    private void Build<TOrder>(ElementGathering elements, ulong seed, uint last, INodeVisitor visitor)
        where TOrder : struct, IElementOrder
    {
        TreeBuilder<TOrder> builder = new(shape, seed, last);
        foreach (byte[] element in elements.Elements) builder.Add(element, visitor);
        builder.Finish(visitor);
        (_body, _height, _last) = (builder.Body.ToArray(), builder.Height, builder.Last);
    }

    private static byte[] Scored(ReadOnlySpan<byte> member, double score)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(member.Length));
        builder.Add(score);
        builder.Add(member);
        return builder.Element.ToArray();
    }

    private static byte[] Indexed(ReadOnlySpan<byte> member, double score)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(member.Length));
        builder.Add(member);
        builder.Add(score);
        return builder.Element.ToArray();
    }

    private sealed class NoVisitor : INodeVisitor
    {
        public void Visit(uint node, ReadOnlySpan<byte> bytes)
        {
        }
    }
}
