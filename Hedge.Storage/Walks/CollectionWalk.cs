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
/// 3. <see cref="GoOn"/> has a background thread read leaves past the block cache and give their elements to
///    the taker, until that is full. A hash or a set comes in the order of the disk
///    (<see cref="NodeScan{TOrder, TParts}"/>), anything else in its own order
///    (<see cref="LeafWalk{TOrder, TParts}"/>), and so does a hash with times, which has a second tree.
///    Fields that have expired and are still there come as well.
/// 4. <see cref="Park"/> gives the buffers back in between, <see cref="Release"/> the runs.
///
/// One core owns a walk, not necessarily that of the partition.
/// </remarks>
public sealed class CollectionWalk
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
    private string? _failure;
    private bool _isReleased;

    private CollectionWalk(
        KeyStore store, SnapshotPart part, byte[] root, uint keyspace, RecordType type,
        ElementStretch stretch)
    {
        (_store, _part, _root, _keyspace, _type) = (store, part, root, keyspace, type);
        _left = stretch;
        _count = stretch.Count;
    }

    /// <summary>True when it can go on.</summary>
    public bool IsReady => _part.State == SnapshotState.Held;

    /// <summary>Why it cannot go on; null when it has not failed.</summary>
    public string? Failure => _failure ?? _part.Failure;

    /// <summary>True when all elements have been given.</summary>
    public bool IsOver { get; private set; }

    /// <summary>True while the background thread works on it.</summary>
    public bool IsWorking { get; private set; }

    /// <summary>True while it holds buffers.</summary>
    public bool IsOpen => _reader != null;

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

    /// <summary>Has elements given to a taker. It is ready, not over and not working.</summary>
    /// <param name="core">The services of the core that owns it.</param>
    /// <param name="taker">Who takes them.</param>
    public void GoOn(CoreStorage core, IElementTaker taker)
    {
        ArgumentNullException.ThrowIfNull(core);
        Invariant.Check(IsReady && !IsOver && !IsWorking && !_isReleased, "a walk goes on when it can");
        IsWorking = true;
        core.Enqueue(new WalkJob(_store, this, taker));
    }

    /// <summary>Gives the buffers back; it is not working.</summary>
    public void Park()
    {
        Invariant.Check(!IsWorking, "a walk that works needs its buffers");
        if (_reader == null) return;
        Note();
        _reader.Dispose();
        _source!.Dispose();
        (_reader, _source) = (null, null);
    }

    /// <summary>Ends it; it is not working, or never will be again.</summary>
    public void Release()
    {
        if (_isReleased) return;
        _isReleased = true;
        IsWorking = false;
        Park();
        _part.Release();
    }

    /// <summary>The job: gives elements.</summary>
    internal void Work(IElementTaker taker)
    {
        EngineShared shared = _store.Settings.Shared;
        _source ??= new NodeSource(shared, NodeSource.RunsOf(_part, _keyspace), _root, _keyspace,
            new WindowBlocks(shared.Disk, WindowFactor * (long)taker.PartBytes));
        _reader ??= Open(_source);
        ReaderStep step = ReaderStep.Given;
        while (step == ReaderStep.Given && !taker.IsFull) step = _reader.Next(taker);
        if (step != ReaderStep.Over) return;
        if (_given + _reader.Given != _count)
            throw _source.Damaged("a collection has another number of elements than its root says");
        IsOver = true;
    }

    /// <summary>The job has failed, or will not be done.</summary>
    internal void Fail(string reason) => _failure ??= reason;

    /// <summary>The job is over: another one follows when the core has read what the blocks want.</summary>
    internal void Worked(CoreStorage core, IElementTaker taker)
    {
        if (_failure == null && _source is { Blocks.Reads.Count: > 0 } source)
        {
            _ = new WindowReads(core.Blocks.Cache.Disk, source.Blocks.Buffer, source.Blocks.Reads, problem =>
            {
                source.Blocks.Loaded();
                if (problem != null) Fail(problem);
                if (problem != null) IsWorking = false;
                else core.Enqueue(new WalkJob(_store, this, taker));
            });
            return;
        }

        IsWorking = false;
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

    private ElementReader Open(NodeSource source) => _type switch
    {
        RecordType.Hash when RootFormat.IsTimed(_root) =>
            new LeafWalk<FieldOrder, FieldParts>(source, _left),
        RecordType.Hash => new NodeScan<FieldOrder, FieldParts>(source, _lastNode),
        RecordType.Set => new NodeScan<MemberOrder, PlainParts>(source, _lastNode),
        RecordType.List => new LeafWalk<PositionOrder, PlainParts>(source, _left),
        RecordType.SortedSet => new LeafWalk<ScoreOrder, ScoreParts>(source, _left),
        _ => new LeafWalk<KeyOrder, KeyParts>(source, _left),
    };
}
