using Hedge.Storage.Collections;

namespace Hedge.Tests.Collections;

/// <summary>A bug that is planted into the writes of nodes, once.</summary>
internal enum NodeFault
{
    /// <summary>None.</summary>
    None,

    /// <summary>A count is not carried up.</summary>
    LostCount,

    /// <summary>A separator is off by one.</summary>
    WrongSeparator,

    /// <summary>A new node has lost its last element or entry's bytes.</summary>
    LostEnd,

    /// <summary>A change of bytes is lost.</summary>
    LostChange,

    /// <summary>A node that was removed stays.</summary>
    KeptNode,
}

/// <summary>Nodes in memory, some of which must be "read from disk" first, as chance has it.</summary>
internal sealed class NodeStore(Random random) : INodeVisitor
{
    private readonly HashSet<uint> _resident = [0];
    private readonly HashSet<uint> _asked = [];
    private uint _last;
    private bool _hasWritten;

    public Dictionary<uint, byte[]> Nodes { get; } = new() { [0] = [] };

    public int Height { get; set; }

    public long Misses { get; private set; }

    public long SplicedBytes { get; private set; }

    /// <summary>The bug to come, and after how many writes of its kind.</summary>
    public (NodeFault Kind, int After) Fault { get; set; }

    /// <summary>True once it has happened.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Begins a try of a command: what was missing before has been read.</summary>
    public void Begin()
    {
        _resident.UnionWith(_asked);
        _asked.Clear();
        _hasWritten = false;
    }

    /// <summary>Ends a command: some of what is in memory goes.</summary>
    public void End(double evicted)
    {
        foreach (uint node in _resident.ToArray())
            if (node != 0 && random.NextDouble() < evicted) _resident.Remove(node);
    }

    public bool TryGet(uint node, out ReadOnlySpan<byte> bytes)
    {
        if (!Nodes.TryGetValue(node, out byte[]? content))
            throw new InvalidOperationException($"node {node} does not exist");
        if (!_resident.Contains(node))
        {
            if (_hasWritten) throw new InvalidOperationException($"node {node} is read after a write");
            Misses++;
            _asked.Add(node);
            bytes = default;
            return false;
        }

        // A copy: what is kept over a change shows as an error.
        bytes = content.AsSpan();
        return true;
    }

    public bool TryPeek(uint node, out ReadOnlySpan<byte> bytes)
    {
        bytes = _resident.Contains(node) ? Nodes[node] : default;
        return _resident.Contains(node);
    }

    public void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        if (!_resident.Contains(node)) throw new InvalidOperationException($"node {node} was not read");
        _hasWritten = true;
        byte[] old = Nodes[node];
        byte[] changed = [.. old[..offset], .. inserted, .. old[(offset + removed)..]];
        bool isCount = removed == sizeof(uint) && inserted.Length == sizeof(uint);
        if (old.AsSpan().SequenceEqual(changed)) return;
        if ((isCount && Fails(NodeFault.LostCount)) || (!isCount && Fails(NodeFault.LostChange))) return;
        bool isEntry = removed == 0 && inserted.Length > InnerEntry.HeaderBytes && Height > 0 && node == 0;
        if (isEntry && Fails(NodeFault.WrongSeparator)) changed[offset + inserted.Length - 1]++;
        // Whoever still looks at the old bytes sees rubbish.
        old.AsSpan().Fill(0xEE);
        Nodes[node] = changed;
        SplicedBytes += inserted.Length;
    }

    public uint Create(ReadOnlySpan<byte> bytes)
    {
        _hasWritten = true;
        bool isShort = bytes.Length > 1 && Fails(NodeFault.LostEnd);
        Nodes.Add(++_last, (isShort ? bytes[..^1] : bytes).ToArray());
        _resident.Add(_last);
        return _last;
    }

    public void Remove(uint node)
    {
        if (node == 0) throw new InvalidOperationException("the root is always there");
        _hasWritten = true;
        if (Fails(NodeFault.KeptNode)) return;
        if (!Nodes.Remove(node)) throw new InvalidOperationException($"node {node} does not exist");
        _resident.Remove(node);
    }

    /// <summary>A node of a tree that is made anew.</summary>
    public void Visit(uint node, ReadOnlySpan<byte> bytes)
    {
        Nodes.Add(node, bytes.ToArray());
        if (node != ++_last) throw new InvalidOperationException($"node {node} comes after {_last - 1}");
    }

    /// <summary>Ends a tree that is made anew.</summary>
    public void Root(int height, ReadOnlySpan<byte> body)
    {
        Height = height;
        Nodes[0] = body.ToArray();
    }

    /// <summary>There is an empty root only.</summary>
    public uint Clear()
    {
        Nodes.Clear();
        _resident.Clear();
        _resident.Add(0);
        _asked.Clear();
        Root(0, default);
        return _last;
    }

    private bool Fails(NodeFault kind)
    {
        if (HasFailed || Fault.Kind != kind) return false;
        Fault = (kind, Fault.After - 1);
        HasFailed = Fault.After < 0;
        return HasFailed;
    }
}

/// <summary>A <see cref="NodeStore"/> as trees take it.</summary>
internal readonly struct MemoryNodes(NodeStore store) : INodes
{
    public int Height => store.Height;

    public ulong Seed => 1234;

    public void SetHeight(int height) => store.Height = height;

    public bool TryGet(uint node, out ReadOnlySpan<byte> bytes) => store.TryGet(node, out bytes);

    public bool TryPeek(uint node, out ReadOnlySpan<byte> bytes) => store.TryPeek(node, out bytes);

    public void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted) =>
        store.Splice(node, offset, removed, inserted);

    public uint Create(ReadOnlySpan<byte> bytes) => store.Create(bytes);

    public void Remove(uint node) => store.Remove(node);
}
