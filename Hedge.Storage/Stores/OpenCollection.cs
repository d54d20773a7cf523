using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>
/// The collection that the running command works on, in the form that trees use (<see cref="Nodes"/>). Its
/// key has been looked up and is in memory; until the command ends, nobody else changes it. The object is
/// reused for the next collection.
/// </summary>
internal sealed unsafe class OpenCollection
{
    private readonly byte[] _key = new byte[KeyLimits.KeyBytesMax];
    private int _keyLength;
    private KeyStore _store = null!;
    private CoreStorage _core = null!;
    private int _database;
    private ulong _hash;
    private RecordHeader* _root;
    private ulong _collection;
    private uint _nodeKeyspace;

    /// <summary>Takes a key.</summary>
    public void Open(KeyStore store, CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash)
    {
        (_store, _core, _database, _hash, _keyLength) = (store, core, database, hash, key.Length);
        key.CopyTo(_key);
        uint keyspace = store.Keyspaces.IdOf(database);
        ulong* slot = store.Memory.Table.Find(hash, keyspace, key);
        Invariant.Check(slot != null, "an open collection's key is in memory");
        _nodeKeyspace = keyspace | Keyspaces.NodeBit;
        SetRoot(RecordTable.RecordAt(slot));
    }

    /// <summary>Its nodes.</summary>
    public Nodes Tree => new(this);

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    // SAFETY: the record is live until the next change of it, which is made here.
    private ReadOnlySpan<byte> Root => RecordKeys.Value(_root);

    private NodeKey KeyOf(uint node) => new(_nodeKeyspace, _collection, node);

    private void SetRoot(RecordHeader* root)
    {
        Invariant.Check(!RecordKeys.Is(root, RecordStates.Absent), "an open collection's key exists");
        _root = root;
        _collection = RootFormat.Collection(Root);
    }

    private void SpliceRoot(int offset, int removed, ReadOnlySpan<byte> inserted) =>
        SetRoot(_store.Writer.Splice(_core, _database, Key, _hash, offset, removed, inserted));

    private uint Allocate()
    {
        ReadOnlySpan<byte> root = Root;
        uint node = RootFormat.Last(root) + 1;
        if (root[0] == RootFormat.Small)
        {
            Span<byte> header = stackalloc byte[RootFormat.LargeBytes];
            RootFormat.WriteLarge(header, 0, _store.Sequence + 1, node);
            SpliceRoot(0, RootFormat.SmallBytes, header);
            return node;
        }

        Span<byte> last = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(last, node);
        SpliceRoot(RootFormat.LastAt, last.Length, last);
        return node;
    }

    private void SetHeight(int height)
    {
        ReadOnlySpan<byte> root = Root;
        if (height == 0) SpliceRoot(0, RootFormat.BodyAt(root), [RootFormat.Small]);
        else SpliceRoot(RootFormat.HeightAt, 1, [(byte)height]);
    }

    /// <summary>The nodes of the open collection.</summary>
    internal readonly struct Nodes(OpenCollection open) : INodes
    {
        /// <inheritdoc/>
        public int Height => RootFormat.Height(open.Root);

        /// <inheritdoc/>
        public ulong Seed => open._store.Settings.Shared.HashSeed ^ open._collection;

        /// <inheritdoc/>
        public void SetHeight(int height) => open.SetHeight(height);

        /// <inheritdoc/>
        public bool TryGet(uint node, out ReadOnlySpan<byte> bytes)
        {
            if (node != 0) return open._store.TryFindNode(open._core, open.KeyOf(node), out bytes);
            ReadOnlySpan<byte> root = open.Root;
            bytes = root[RootFormat.BodyAt(root)..];
            return true;
        }

        /// <inheritdoc/>
        public bool TryPeek(uint node, out ReadOnlySpan<byte> bytes) =>
            open._store.TryPeekNode(open.KeyOf(node), out bytes);

        /// <inheritdoc/>
        public void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted)
        {
            if (node != 0) open._store.Nodes.Splice(open._core, open.KeyOf(node), offset, removed, inserted);
            else open.SpliceRoot(RootFormat.BodyAt(open.Root) + offset, removed, inserted);
        }

        /// <inheritdoc/>
        public uint Create(ReadOnlySpan<byte> bytes)
        {
            uint node = open.Allocate();
            open._store.Nodes.Create(open._core, open.KeyOf(node), bytes);
            return node;
        }

        /// <inheritdoc/>
        public void Remove(uint node) => open._store.Nodes.Remove(open._core, open.KeyOf(node));
    }
}
