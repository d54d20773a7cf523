using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Walks;

/// <summary>
/// Goes through elements of a collection as it is at the moment of <see cref="TryBegin"/>, bit by bit, with
/// little memory, while commands go on and may change or remove the collection.
/// </summary>
/// <remarks>
/// 1. At the moment, the partition's active generation is frozen (<see cref="SnapshotPart"/>). The root is
///    copied.
/// 2. When the generation is flushed, the runs hold all nodes of that moment (<see cref="IsReady"/>).
/// 3. <see cref="PartWalk{TTaker}.GoOn"/> has a background thread read leaves past the block cache and give
///    their elements to the taker, until that is full. A hash or a set comes in the order of the disk
///    (<see cref="NodeScan{TOrder, TParts}"/>), anything else in its own order
///    (<see cref="LeafWalk{TOrder, TParts}"/>), and so does a hash with times, which has a second tree.
///    Fields that have expired and are still there come as well.
/// 4. <see cref="Park"/> gives the buffers back in between, <see cref="Dispose"/> the runs.
///
/// One core owns a walk, not necessarily that of the partition.
/// </remarks>
public sealed class CollectionWalk : PartWalk<IElementTaker>
{
    // Where leaves lie anywhere, a page that is read has other leaves as well.
    private const int WindowFactor = 4;

    private readonly KeyStore _store;
    private readonly SnapshotPart _part;
    private readonly byte[] _root;
    private readonly uint _keyspace;
    private readonly RecordType _type;
    private readonly long _count;
    private NodeSource? _source;
    private ElementReader? _reader;
    private ElementStretch _left;
    private uint _lastNode;
    private long _given;
    private bool _isDisposed;

    private CollectionWalk(
        KeyStore store, SnapshotPart part, byte[] root, uint keyspace, RecordType type,
        ElementStretch stretch)
    {
        (_store, _part, _root, _keyspace, _type) = (store, part, root, keyspace, type);
        _left = stretch;
        _count = stretch.Count;
    }

    /// <inheritdoc/>
    public override bool IsReady => _part.State == SnapshotState.Held;

    /// <inheritdoc/>
    public override bool IsOpen => _reader != null;

    private protected override string? SnapshotFailure => _part.Failure;

    private protected override PartitionState Partition => _store;

    private protected override WindowBlocks? Blocks => _source?.Blocks;

    /// <summary>False while nothing can be flushed, so that there are no walks.</summary>
    public static bool CanBegin(OpenCollection open)
    {
        ArgumentNullException.ThrowIfNull(open);
        return open.Store.CanSnapshot;
    }

    /// <summary>Begins. Ends the running command's use of all records (<see cref="CoreStorage.EndCommand"/>),
    /// which has not written.</summary>
    /// <param name="open">The collection, whose partition is held, and not borrowed.</param>
    /// <param name="stretch">Its elements; all of them of a hash or a set.</param>
    /// <param name="mayWait">False to begin although too much waits to be flushed.</param>
    /// <param name="changed">Is called when it is ready or has failed, on the partition's core.</param>
    /// <returns>Null while too much waits to be flushed: the command is to be run again.</returns>
    public static CollectionWalk? TryBegin(
        OpenCollection open, ElementStretch stretch, bool mayWait, Action changed)
    {
        ArgumentNullException.ThrowIfNull(open);
        byte[] root = open.Root.ToArray();
        (KeyStore store, uint keyspace, RecordType type) = (open.Store, open.NodeKeyspace, open.Type);
        SnapshotPart? part = store.TryBeginSnapshot(open.Core, mayWait, changed);
        return part == null ? null : new CollectionWalk(store, part, root, keyspace, type, stretch);
    }

    /// <inheritdoc/>
    public override void Park()
    {
        Invariant.Check(!IsWorking, "a walk that works needs its buffers");
        if (_reader == null) return;
        Note();
        _reader.Dispose();
        _source!.Dispose();
        (_reader, _source) = (null, null);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        IsWorking = false;
        Park();
        _part.Release();
    }

    /// <inheritdoc/>
    internal override void Work(IElementTaker taker)
    {
        EngineShared shared = _store.Settings.Shared;
        _source ??= new NodeSource(shared, NodeSource.RunsOf(_part, _keyspace), _root, _keyspace,
            new WindowBlocks(shared.Disk, WindowFactor * (long)taker.PartBytes));
        _reader ??= ElementReaders.Open(_source, _type, _root, _left, _lastNode);
        ReaderStep step = ReaderStep.Given;
        while (step == ReaderStep.Given && !taker.IsFull) step = _reader.Next(taker);
        if (step != ReaderStep.Over) return;
        if (_given + _reader.Given != _count)
            throw _source.Damaged("a collection has another number of elements than its root says");
        IsOver = true;
    }

    private void Note()
    {
        _given += _reader!.Given;
        switch (_reader)
        {
            case NodeScan<FieldOrder, FieldParts> fields: _lastNode = fields.LastNode; break;
            case NodeScan<MemberOrder, PlainParts> members: _lastNode = members.LastNode; break;
            case LeafWalk<FieldOrder, FieldParts> timed: _left = timed.Left; break;
            case LeafWalk<PositionOrder, PlainParts> list: _left = list.Left; break;
            case LeafWalk<ScoreOrder, ScoreParts> scores: _left = scores.Left; break;
            case LeafWalk<KeyOrder, KeyParts> entries: _left = entries.Left; break;
        }
    }
}
