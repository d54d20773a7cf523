using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Lookups;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Storage.CollectionFiles;

/// <summary>
/// Writes collections with nodes into a load file, a leaf at a time: all elements of each of their trees, in
/// order, so that a load can make other trees of them without sorting. One background thread.
/// </summary>
/// <param name="shared">What all cores share.</param>
/// <param name="file">The file.</param>
internal sealed class CollectionExport(EngineShared shared, ExportFile file) : IDisposable
{
    private const long WindowBytes = 8 * 1024 * 1024;

    private readonly WindowBlocks _blocks = new(shared.Disk, WindowBytes);
    private readonly Queue<Tree> _trees = [];
    private readonly ElementBuffer _leaf = new();
    private ulong _seed;

    private delegate void LeafSort(Span<byte> leaf, ulong seed);

    /// <summary>True while a collection is not whole in the file.</summary>
    public bool IsOpen => _trees.Count > 0;

    /// <summary>True when it can go on after <see cref="Read"/>.</summary>
    public bool NeedsReads => _blocks.Reads.Count > 0;

    /// <summary>Begins a collection.</summary>
    /// <param name="runs">Where its nodes are (<see cref="NodeSource.RunsOf"/>).</param>
    /// <param name="keyspace">The keyspace of its nodes.</param>
    /// <param name="entry">Its key's record, whose key is the user's.</param>
    /// <param name="root">The record's value.</param>
    public void Begin(RunSet runs, uint keyspace, in RunEntry entry, ReadOnlySpan<byte> root)
    {
        NodeSource source = new(shared, runs, root.ToArray(), keyspace, _blocks);
        bool hasHashes = (RecordType)entry.Type is not (RecordType.List or RecordType.Stream);
        _seed = hasHashes ? shared.HashSeed ^ RootFormat.Seed(root) : 0;
        switch ((RecordType)entry.Type)
        {
            case RecordType.List: Add<PositionOrder>(source); break;
            case RecordType.Set: Add<MemberOrder>(source); break;
            case RecordType.Stream: Add<KeyOrder>(source); break;
            case RecordType.SortedSet:
                Add<ScoredMemberOrder>(source.TreeAt(MemberIndex.Root));
                Add<ScoreOrder>(source);
                break;
            default:
                Add<FieldOrder>(source);
                if (RootFormat.IsTimed(root)) Add<ScoreOrder>(source.TreeAt(FieldTimes.Root));
                else _trees.Enqueue(default);
                break;
        }

        file.AddCollection(entry, (byte)RootFormat.Encoding(root), _seed, _trees.Peek().Count);
    }

    /// <summary>Has a core read what is needed, many pieces at once; then calls back with what went wrong,
    /// or null.</summary>
    public void Read(CoreStorage core, Action<string?> over) => _ = new WindowReads(
        core.Blocks.Cache.Disk, _blocks.Buffer, _blocks.Reads, problem =>
        {
            _blocks.Loaded();
            over(problem);
        });

    /// <summary>Writes the elements of the next leaf, unless something must be read first; returns their
    /// bytes.</summary>
    /// <exception cref="IOException">The disk failed, or something is damaged.</exception>
    public int GoOn()
    {
        Tree tree = _trees.Peek();
        ReaderStep step = tree.Reader == null ? ReaderStep.Over : tree.Reader.Next(_leaf);
        if (step == ReaderStep.NeedsReads) return 0;
        if (step == ReaderStep.Over)
        {
            file.EndTree();
            _trees.Dequeue();
            tree.Reader?.Dispose();
            return 0;
        }

        if (_leaf.Count > 1) tree.Sort?.Invoke(_leaf.Content, _seed);
        file.AddElements(_leaf.Content);
        int bytes = _leaf.Content.Length;
        _leaf.Clear();
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tree tree in _trees) tree.Reader?.Dispose();
        _trees.Clear();
        _blocks.Dispose();
    }

    private void Add<TOrder>(NodeSource source)
        where TOrder : struct, IElementOrder
    {
        RootEnds ends = source.Ends;
        long count = ends.HeadCount + LeafWalk<TOrder, WholeElements>.CountOf(source) + ends.TailCount;
        LeafSort? sort = TOrder.HasKeys && !TOrder.IsSorted ? LeafSorter<TOrder>.Sort : null;
        _trees.Enqueue(new Tree(
            new LeafWalk<TOrder, WholeElements>(source, new ElementStretch(0, count)), count, sort));
    }

    // What is still to be written; without a reader a tree without elements.
    private readonly record struct Tree(ElementReader? Reader, long Count, LeafSort? Sort);
}
