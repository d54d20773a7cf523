using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.CollectionFiles;

/// <summary>
/// A collection of a load file, from the record that the reader stands on: checks it and makes its nodes and
/// its root. The same record gives the same nodes whenever it is read.
/// </summary>
/// <remarks>
/// 1. <see cref="GoOn"/> until it is over. The nodes are shown in the order of their numbers.
/// 2. The root of a sorted set's index is its first node. So if nodes are wanted, the index is read once to
///    know that root, then again from its beginning.
/// 3. <see cref="RootOf"/>.
/// </remarks>
internal sealed class CollectionLoad : INodeVisitor
{
    // A set's encoding that stands for integers only.
    private const int IntegersEncoding = 0;

    private readonly LoadFileReader _reader;
    private readonly EngineShared _shared;
    private readonly INodeVisitor? _nodes;
    private readonly (long Offset, uint Crc, int TreesLeft) _mark;
    private readonly PairSum _pairs;
    private readonly PairSum _more;
    private FieldCheck? _fields;
    private TreeLoad? _first;
    private TreeLoad? _second;
    private bool _isTrial;

    /// <summary>Begins.</summary>
    /// <param name="reader">The file, at a collection's record.</param>
    /// <param name="shared">What all cores share.</param>
    /// <param name="nodes">Is shown the nodes; null when only the root is wanted.</param>
    public CollectionLoad(LoadFileReader reader, EngineShared shared, INodeVisitor? nodes = null)
    {
        (_reader, _shared, _nodes, _mark) = (reader, shared, nodes, reader.Mark);
        (_pairs, _more) = (new PairSum(~shared.HashSeed), new PairSum(~shared.HashSeed + 1));
        _isTrial = nodes != null && reader.Type == RecordType.SortedSet;
        if (reader.HasTrees) _first = FirstTree();
    }

    /// <summary>The number of its nodes, at the end.</summary>
    public long Nodes { get; private set; }

    /// <summary>A time before which no field of a hash expires; 0 for none.</summary>
    public long Earliest => _fields?.Earliest ?? 0;

    /// <summary>Reads some of it; false when it is over.</summary>
    /// <exception cref="LoadException">Something is wrong with it.</exception>
    public bool GoOn()
    {
        if (_first == null)
        {
            CheckLeaf();
            return false;
        }

        if (_second == null)
        {
            if (_first.GoOn(_reader, this)) return true;
            if (_isTrial) EndTrial();
            else if (LoadFileFormat.TreesOf(_reader.Type) == 2) _second = SecondTree();
            else return End();
            return true;
        }

        return _second.GoOn(_reader, this) || End();
    }

    /// <inheritdoc/>
    public void Visit(uint node, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > KeyLimits.ValueBytesMax) throw TooLong();
        if (_isTrial) return;
        Nodes++;
        _nodes?.Visit(node, bytes);
    }

    /// <summary>The value of the key's record.</summary>
    /// <param name="collection">The number that the collection gets, if it has nodes.</param>
    public byte[] RootOf(ulong collection)
    {
        Span<byte> head = stackalloc byte[RootFormat.HeadBytesMax];
        TreeLoad? tree = _reader.Type == RecordType.SortedSet ? _second : _first;
        if (Nodes == 0)
        {
            head[0] = RootFormat.First(RootFormat.Small, _reader.Encoding);
        }
        else
        {
            RootFormat.WriteLarge(head, _reader.Encoding, collection, (_second ?? _first)!.Last);
            head[RootFormat.HeightAt] = (byte)tree!.Height;
            RootFormat.WriteNumbers(head[RootFormat.CollectionAt..], collection, (_second ?? _first)!.Last,
                _reader.Seed ^ _shared.HashSeed);
        }

        Span<byte> timed = stackalloc byte[RootFormat.HeadBytesMax];
        ReadOnlySpan<byte> front = timed[..RootFormat.WriteHead(head, Earliest, timed)];
        ReadOnlySpan<byte> body = tree == null ? _reader.Value : tree.Body;
        if (front.Length + (long)body.Length > KeyLimits.ValueBytesMax) throw TooLong();
        return [.. front, .. body];
    }

    private TreeShape Shape => _reader.Type == RecordType.Stream ? _shared.StreamShape : _shared.Shape;

    private TreeLoad FirstTree()
    {
        (TreeShape shape, ulong seed) = (Shape, _reader.Seed);
        switch (_reader.Type)
        {
            case RecordType.List: return new TreeLoad<PositionOrder>(shape, seed, 0, null);
            case RecordType.Set: return new TreeLoad<MemberOrder>(shape, seed, 0, SetCheck());
            case RecordType.Stream:
                return new TreeLoad<KeyOrder>(shape, seed, 0, new StreamCheck(_pairs, _more));
            case RecordType.SortedSet:
                IndexCheck check = new(_isTrial ? new PairSum(0) : _pairs);
                return new TreeLoad<ScoredMemberOrder>(shape, seed, MemberIndex.Root, check);
            default:
                return new TreeLoad<FieldOrder>(shape, seed, 0, _fields = new FieldCheck(_pairs));
        }
    }

    private TreeLoad<ScoreOrder> SecondTree()
    {
        IElementCheck check = _reader.Type == RecordType.SortedSet
            ? new ScoreCheck(_pairs) : new TimeCheck(_pairs);
        return new TreeLoad<ScoreOrder>(Shape, _reader.Seed, _first!.Last, check);
    }

    private void CheckLeaf()
    {
        PairSum none = new(0);
        long count = _reader.Type switch
        {
            RecordType.List => CheckLeaf<PositionOrder>(null),
            RecordType.Set => CheckLeaf<MemberOrder>(SetCheck()),
            RecordType.Stream => CheckLeaf<KeyOrder>(new StreamCheck(_pairs, _more)),
            RecordType.SortedSet => CheckLeaf<ScoreOrder>(new ScoreCheck(none)),
            _ => CheckLeaf<FieldOrder>(_fields = new FieldCheck(none)),
        };
        if (count > 1 && _reader.Value.Length > TreeShape.LeafBytesMost) throw TooLong();
        CheckEnd(count, count);
    }

    private long CheckLeaf<TOrder>(IElementCheck? check)
        where TOrder : struct, IElementOrder =>
        TreeLoad<TOrder>.CheckLeaf(_reader, ~_shared.HashSeed, check);

    private IntegerCheck? SetCheck() => _reader.Encoding == IntegersEncoding ? new IntegerCheck() : null;

    // The index was read to its end: its root is the first node.
    private void EndTrial()
    {
        _isTrial = false;
        VisitRoot(MemberIndex.Root, _first!);
        _reader.Return(_mark);
        _first = FirstTree();
    }

    private bool End()
    {
        bool isSet = _reader.Type == RecordType.SortedSet;
        if (isSet && _nodes == null) Nodes++;
        if (!isSet && _second is { Count: > 0 }) VisitRoot(FieldTimes.Root, _second);
        CheckEnd(_first!.Count, isSet ? _second!.Count : _reader.Count);
        return false;
    }

    private void CheckEnd(long first, long second)
    {
        bool isThere = first > 0 || _reader.Type == RecordType.Stream;
        bool isRight = isThere && _pairs.IsEven && _more.IsEven
            && (!_reader.HasTrees || (first == _reader.Count && second == _reader.Count));
        if (!isRight) throw _reader.Damaged("has a collection whose parts do not fit each other");
    }

    private void VisitRoot(uint node, TreeLoad tree) => Visit(node, [(byte)tree.Height, .. tree.Body]);

    private LoadException TooLong() => _reader.Damaged("has a collection with too long a part");
}
