using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Exports;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Storage.Values;

namespace Hedge.Storage.Walks;

/// <summary>
/// All elements of a hash or a set, whose order means nothing: the leaves as they lie in the runs, so that
/// the disk reads straight ahead.
/// </summary>
/// <remarks>
/// 1. The nodes of a collection lie side by side in each run, by their numbers. Inner nodes look like leaves.
///    So the inner nodes are read first, but for the leaves' parents: they tell the numbers of all of
///    them.
/// 2. A merge of the runs gives the nodes; those that are not inner nodes are the leaves.
/// 3. It goes on at a node's number, so the buffers can be given back in between.
/// </remarks>
internal sealed class NodeScan<TOrder, TParts> : ElementReader
    where TOrder : struct, IElementOrder
    where TParts : struct, IElementParts
{
    private const int ReadAheadBytes = 1024 * 1024;
    private const int KeptBytesMax = 2 * 1024 * 1024;

    private readonly NodeSource _source;
    private readonly HashSet<uint> _inner;
    private readonly SnapshotReader? _reader;
    private PageBuffer? _value;
    private bool _isOver;

    /// <summary>Begins, or goes on behind a node.</summary>
    /// <param name="source">The nodes.</param>
    /// <param name="last">The last node that was given; 0 for none.</param>
    public NodeScan(NodeSource source, uint last)
    {
        _source = source;
        LastNode = last;
        _inner = [];
        if (source.Height == 0) return;
        NoteInner(source.Body, source.Height - 1);
        Span<byte> prefix = stackalloc byte[NodeKey.SizeBytes];
        NodeKey.WriteCollection(prefix, source.Collection);
        int share = RunScanner.ShareOf(ReadAheadBytes, source.Runs.Length);
        _reader = new SnapshotReader(source.Disk, source.Runs, source.Keyspace, 0, share,
            prefix[..NodeKey.CollectionBytes]);
        BinaryPrimitives.WriteUInt32BigEndian(prefix[NodeKey.CollectionBytes..], last + 1);
        _reader.Seek(prefix);
    }

    /// <summary>The last node that was given; 0 for none.</summary>
    public uint LastNode { get; private set; }

    /// <inheritdoc/>
    public override ReaderStep Next(IElementSink sink)
    {
        if (_reader == null)
        {
            if (_isOver) return ReaderStep.Over;
            _isOver = true;
            Given += GiveAll<TOrder, TParts>(_source.Body, sink);
            return ReaderStep.Given;
        }

        while (_reader.MoveNext() == CursorState.Ready)
        {
            uint node = BinaryPrimitives.ReadUInt32BigEndian(_reader.Key[NodeKey.CollectionBytes..]);
            LastNode = node;
            if (_inner.Contains(node)) continue;
            Given += GiveAll<TOrder, TParts>(ValueOf(_reader.Current), sink);
            return ReaderStep.Given;
        }

        return ReaderStep.Over;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _reader?.Dispose();
        _value?.Dispose();
    }

    private ReadOnlySpan<byte> ValueOf(in RunEntry entry)
    {
        if (!entry.IsReference) return entry.Value;
        ValueReference reference = ValueReference.Read(entry.Value);
        if (_value?.Capacity > KeptBytesMax)
        {
            _value.Dispose();
            _value = null;
        }

        _value ??= new PageBuffer(Page.Bytes);
        return ValueReader.Read(_source.Disk, _source.Values[reference.File], reference, _value);
    }

    // The children of an inner node are at a level; they are inner nodes themselves above level 0.
    private void NoteInner(ReadOnlySpan<byte> inner, int level)
    {
        if (level == 0) return;
        List<uint> children = [];
        for (int at = 0; at < inner.Length;
            at += CountedTree<OpenCollection.Nodes, TOrder>.EntryLength(inner[at..]))
            children.Add(InnerEntry.Child(inner[at..]));
        foreach (uint child in children)
        {
            _inner.Add(child);
            if (level == 1) continue;
            bool isRead = _source.TryGet(child, out ReadOnlySpan<byte> bytes);
            Invariant.Check(isRead, "a block that is not gathered is read at once");
            NoteInner(bytes, level - 1);
        }
    }
}
