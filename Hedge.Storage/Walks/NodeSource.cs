using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Lookups;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Walks;

/// <summary>The nodes of one collection as they were at the moment of a snapshot whose runs are held: the
/// root in memory, the others in the runs. For one thread at a time.</summary>
/// <param name="shared">What all cores share.</param>
/// <param name="runs">The runs (<see cref="RunsOf"/>).</param>
/// <param name="root">The value of the key's record.</param>
/// <param name="keyspace">The keyspace of the nodes.</param>
/// <param name="blocks">What reads the runs' blocks.</param>
internal sealed class NodeSource(EngineShared shared, RunSet runs, byte[] root, uint keyspace,
    WindowBlocks blocks) : IDisposable
{
    private readonly byte[] _key = new byte[NodeKey.SizeBytes];

    /// <summary>The disk.</summary>
    public IDisk Disk => shared.Disk;

    /// <summary>Where long values are.</summary>
    public ValueFiles Values => shared.Values;

    /// <summary>The runs that may have nodes, newest first.</summary>
    public Run[] Runs => runs.Newest.ToArray();

    /// <summary>The keyspace of the nodes.</summary>
    public uint Keyspace => keyspace;

    /// <summary>The collection's number.</summary>
    public ulong Collection { get; } = RootFormat.Collection(root);

    /// <summary>The levels above the leaves.</summary>
    public int Height { get; } = RootFormat.Height(root);

    /// <summary>The root's elements or entries.</summary>
    public ReadOnlySpan<byte> Body => RootFormat.Body(root);

    /// <summary>The elements that stand in the root beside the tree.</summary>
    public RootEnds Ends => new(root);

    /// <summary>What was read.</summary>
    public WindowBlocks Blocks => blocks;

    /// <summary>Finds a node; while the blocks gather, false when its block is not there. Valid until the
    /// next call.</summary>
    /// <exception cref="RunFormatException">The runs do not hold it.</exception>
    public bool TryGet(uint node, out ReadOnlySpan<byte> bytes)
    {
        ulong hash = new NodeKey(keyspace, Collection, node).Write(_key);
        RunAnswer answer = runs.Find(Blocks, keyspace, _key, hash, out RunEntry entry);
        bytes = entry.Value;
        if (answer == RunAnswer.NotResident) return false;
        if (answer == RunAnswer.Present) return true;
        throw Damaged("a node of a collection is missing");
    }

    /// <summary>As <see cref="TryGet"/>, though the blocks gather: it is read at once.</summary>
    public ReadOnlySpan<byte> GetNow(uint node)
    {
        bool gathers = Blocks.IsGathering;
        Blocks.IsGathering = false;
        bool isRead = TryGet(node, out ReadOnlySpan<byte> bytes);
        Blocks.IsGathering = gathers;
        if (!isRead) throw Damaged("an inner node is among the leaves");
        return bytes;
    }

    /// <summary>Says that the nodes do not fit each other.</summary>
    public RunFormatException Damaged(string what) =>
        new(runs.Newest.Length > 0 ? runs.Newest[0].File.Path : "a partition without runs", what);

    /// <inheritdoc/>
    public void Dispose() => Blocks.Dispose();

    /// <summary>A further tree of the collection, whose root is a node: its nodes, of this one's
    /// runs.</summary>
    /// <exception cref="RunFormatException">The runs do not hold it.</exception>
    public NodeSource TreeAt(uint node)
    {
        ReadOnlySpan<byte> bytes = GetNow(node);
        byte[] treeRoot = new byte[RootFormat.LargeBytes + bytes.Length - 1];
        RootFormat.WriteLarge(treeRoot, 0, Collection, RootFormat.Last(root));
        treeRoot[RootFormat.HeightAt] = bytes[0];
        bytes[1..].CopyTo(treeRoot.AsSpan(RootFormat.LargeBytes));
        return new NodeSource(shared, runs, treeRoot, keyspace, blocks);
    }

    /// <summary>The runs that may have nodes. The set holds no references of its own: the snapshot has
    /// them.</summary>
    public static RunSet RunsOf(SnapshotPart part, uint keyspace)
    {
        RunSet set = new();
        set.Replace([.. part.Runs.Where(run => SnapshotReader.Concerns(run, keyspace))]);
        return set;
    }
}
