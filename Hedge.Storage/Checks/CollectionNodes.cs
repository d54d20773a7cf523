using Hedge.Storage.Collections;
using Hedge.Storage.Lookups;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Checks;

/// <summary>Reads the nodes of one collection after the other from a partition's runs, and knows which were
/// read.</summary>
/// <param name="runs">The partition's runs.</param>
/// <param name="blocks">Their blocks.</param>
internal sealed class CollectionNodes(RunSet runs, LookupBlocks blocks)
{
    private readonly byte[] _key = new byte[NodeKey.SizeBytes];
    private ulong[] _seen = new ulong[4];
    private bool _sawTimes;
    private uint _last;

    /// <summary>The nodes that were read.</summary>
    public long Reached { get; private set; }

    /// <summary>The keyspace of nodes.</summary>
    public uint Keyspace { get; private set; }

    /// <summary>The collection's number.</summary>
    public ulong Collection { get; private set; }

    /// <summary>Goes to a collection.</summary>
    public void Begin(uint keyspace, ulong collection, uint last)
    {
        (Keyspace, Collection, _last, Reached, _sawTimes) = (keyspace, collection, last, 0, false);
        Array.Clear(_seen);
    }

    /// <summary>Reads a node.</summary>
    /// <param name="node">The node's number.</param>
    /// <param name="bytes">The node, valid until the next one is read.</param>
    /// <returns>Why it cannot be read; null when it can.</returns>
    public string? Read(uint node, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!Note(node)) return "is in the tree twice";
        if (node > _last && node != uint.MaxValue) return "has a number above the root's highest";
        ulong hash = new NodeKey(Keyspace, Collection, node).Write(_key);
        try
        {
            RunAnswer answer = runs.Find(blocks, Keyspace, _key, hash, out RunEntry entry);
            if (answer != RunAnswer.Present) return "is missing";
            Reached++;
            if (entry.Type != (byte)RecordType.Node) return "is a record of another type";
            bytes = entry.Value;
            return null;
        }
        catch (IOException problem)
        {
            return $"cannot be read: {problem.Message}";
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return "cannot be read: its block is malformed";
        }
    }

    private bool Note(uint node)
    {
        if (node == uint.MaxValue) return !_sawTimes && (_sawTimes = true);
        if (node > _last) return true;
        int at = (int)(node / 64);
        if (at >= _seen.Length) Array.Resize(ref _seen, Math.Max(at + 1, 2 * _seen.Length));
        ulong bit = 1UL << (int)(node % 64);
        if ((_seen[at] & bit) != 0) return false;
        _seen[at] |= bit;
        return true;
    }
}
