using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Memtables;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>
/// Changes a partition's nodes (<see cref="NodeKey"/>). Nodes are records but not keys: they are not
/// counted or watched, and they do not expire.
/// </summary>
// SAFETY: a slot is used before the next change of the table.
internal sealed unsafe class NodeWriter(KeyStore partition)
{
    private readonly RecordMemory _memory = partition.Memory;

    /// <summary>Stores a node that was never there.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="node">The node.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="mayHaveBeenThere">True when it may have been there and was removed.</param>
    public RecordHeader* Create(CoreStorage core, in NodeKey node, ReadOnlySpan<byte> bytes,
        bool mayHaveBeenThere = false)
    {
        Span<byte> key = stackalloc byte[NodeKey.SizeBytes];
        ulong hash = node.Write(key);
        RecordContent content = new() { Value = bytes, Type = RecordType.Node };
        core.Changes.Put(partition, node.Keyspace, key, content, CountDelta.Plus, false);
        Begin(core);
        partition.Keyspaces.Count(node.Keyspace, 1, 0);
        ulong* slot = mayHaveBeenThere ? _memory.Table.Find(hash, node.Keyspace, key) : null;
        RecordHeader* record = _memory.Put(slot, hash, node.Keyspace, key, content, RecordStates.None);
        if (partition.Settings.Shared.Values.IsLarge(bytes.Length))
            core.Changes.NotePlace(_memory.Active.Places, record->DirtyIndex, bytes.Length);
        return record;
    }

    /// <summary>Replaces some bytes of a node that is in memory.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="node">The node.</param>
    /// <param name="known">Its record; null when the caller does not know it.</param>
    /// <param name="offset">Where.</param>
    /// <param name="removed">How many bytes go.</param>
    /// <param name="inserted">The new bytes; not a part of a node.</param>
    /// <returns>Its record, which may have moved.</returns>
    public RecordHeader* Splice(CoreStorage core, in NodeKey node, RecordHeader* known, int offset,
        int removed, ReadOnlySpan<byte> inserted)
    {
        Span<byte> key = stackalloc byte[NodeKey.SizeBytes];
        ulong hash = node.Write(key);
        core.Changes.Splice(partition, node.Keyspace, key, offset, removed, inserted);
        Begin(core);
        // A count in an inner node, say.
        bool isOverwritten = known != null && removed == inserted.Length
            && RecordSplice.TryOverwrite(_memory, known, offset, inserted);
        if (isOverwritten) return known;
        ulong* slot = _memory.Table.Find(hash, node.Keyspace, key);
        Invariant.Check(slot != null, "a node that is changed has been read");
        return RecordSplice.Apply(_memory, slot, offset, removed, inserted);
    }

    /// <summary>Removes a node, wherever it is.</summary>
    public void Remove(CoreStorage core, in NodeKey node)
    {
        Span<byte> key = stackalloc byte[NodeKey.SizeBytes];
        ulong hash = node.Write(key);
        core.Changes.Remove(partition, node.Keyspace, key, CountDelta.Minus, false);
        Begin(core);
        partition.Keyspaces.Count(node.Keyspace, -1, 0);
        ulong* slot = _memory.Table.Find(hash, node.Keyspace, key);
        _memory.Put(slot, hash, node.Keyspace, key, default, RecordStates.Absent);
    }

    /// <summary>Removes all nodes of a collection in O(1). Their memory and disk space are freed
    /// later.</summary>
    public void Kill(CoreStorage core, uint keyspace, ulong collection)
    {
        Span<byte> from = stackalloc byte[NodeKey.CollectionBytes];
        Span<byte> to = stackalloc byte[NodeKey.CollectionBytes];
        NodeKey.WriteCollection(from, collection);
        NodeKey.WriteCollection(to, collection + 1);
        core.Changes.RemoveRange(partition, keyspace, from, to);
        Begin(core);
        Bury(partition, KeyRange.Of(keyspace, from, to));
    }

    /// <summary>Notes that nodes are removed. Logs nothing.</summary>
    public static void Bury(KeyStore partition, KeyRange range)
    {
        partition.Memory.Bury(range);
        partition.Buried.Add(range);
    }

    private void Begin(CoreStorage core)
    {
        partition.Writer.Begin(core, 0);
        core.Touched.Add(partition);
    }
}
