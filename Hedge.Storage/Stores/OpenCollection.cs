using System.Buffers;
using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>
/// A collection that the running command works on, in the form that trees use (<see cref="Nodes"/>). Its
/// key has been looked up; until the command ends, nobody else changes it. The key need not exist: its
/// first element makes it. The object is reused for other collections (<see cref="OpenCollections"/>).
/// </summary>
public sealed unsafe class OpenCollection
{
    // Pointers to the nodes used last, by the low bits of their numbers.
    private const int KnownNodes = 16;

    private readonly uint[] _known = new uint[KnownNodes];
    private readonly RecordHeader*[] _knownRecords = new RecordHeader*[KnownNodes];
    private byte[] _key = [];
    private int _keyLength;
    private KeyStore _store = null!;
    private CoreStorage _core = null!;
    private int _database;
    private ulong _hash;
    private RecordHeader* _root;
    private ulong _collection;
    private uint _nodeKeyspace;

    /// <summary>What the key holds, or is going to hold.</summary>
    public RecordType Type { get; private set; }

    /// <summary>Who is told of the changes of a key that exists: everybody at first.</summary>
    public KeyAudience Told { get; set; }

    /// <summary>False when the key does not exist.</summary>
    public bool Exists => _root != null;

    /// <summary>When the key expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt => _root == null ? 0 : _root->ExpireAt;

    /// <summary>How OBJECT ENCODING shows the collection: a number that its type gives a meaning; 0 at
    /// first.</summary>
    public int Encoding
    {
        get => RootFormat.Encoding(Root);
        set
        {
            Invariant.Check(value is >= 0 and <= RootFormat.EncodingMax, "an encoding is a small number");
            SpliceRoot(0, 1, [RootFormat.WithEncoding(Root, value)]);
        }
    }

    /// <summary>How many fields of a hash were found to have expired when it was opened, and are still there:
    /// they are not shown. Usually 0, since a look-up removes them.</summary>
    public long DueFields { get; internal set; }

    /// <summary>A time before which no field of the hash expires, Unix milliseconds; 0 when no field
    /// does.</summary>
    internal long EarliestField
    {
        get => RootFormat.Earliest(Root);
        set
        {
            ReadOnlySpan<byte> root = Root;
            if (value == RootFormat.Earliest(root)) return;
            Span<byte> head = stackalloc byte[RootFormat.HeadBytesMax];
            int length = RootFormat.WriteHead(root, value, head);
            int from = value != 0 && RootFormat.IsTimed(root) ? RootFormat.HeadBytes(root) : 0;
            SpliceRoot(from, RootFormat.BodyAt(root) - from, head[from..length]);
        }
    }

    /// <summary>True for a hash that has fields with a time to live, or had some not long ago.</summary>
    internal bool IsTimed => RootFormat.IsTimed(Root);

    /// <summary>The time of the command that has opened it, Unix milliseconds.</summary>
    internal long Now => _core.NowMilliseconds;

    /// <summary>The key's record.</summary>
    internal Record Record => new(_root);

    /// <summary>True when the collection has nodes beside its root.</summary>
    internal bool HasNodes => _collection != 0;

    /// <summary>The partition of its key.</summary>
    internal KeyStore Store => _store;

    /// <summary>The services of the core that works on it.</summary>
    internal CoreStorage Core => _core;

    /// <summary>The keyspace of its nodes.</summary>
    internal uint NodeKeyspace => _nodeKeyspace;

    /// <summary>How long its nodes are.</summary>
    internal TreeShape Shape =>
        Type == RecordType.Stream ? _store.Settings.Shared.StreamShape : _store.Settings.Shared.Shape;

    /// <summary>The tree whose root is the key's record.</summary>
    internal Nodes Tree => new(this, 0);

    /// <summary>The same for a command that has looked up all it removes and has begun to write. The place of
    /// an element that is not there may have moved to a leaf that was not read: reads of such nodes fail, and
    /// request nothing.</summary>
    internal Nodes ReadTree => new(this, 0, true);

    /// <summary>The key's value; an absent key's has no elements.</summary>
    // SAFETY: the record is live until the next change of it, which is made here.
    internal ReadOnlySpan<byte> Root => _root == null ? NoElements : RecordKeys.Value(_root);

    private static ReadOnlySpan<byte> NoElements => [RootFormat.Small];

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The <see cref="Encoding"/> of a record that is a collection.</summary>
    public static int EncodingOf(in Record record) => RootFormat.Encoding(record.Value);

    /// <summary>Takes a key that was looked up in this run of the command.</summary>
    /// <param name="store">Its partition.</param>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="record">What was found: a collection of the type, or nothing.</param>
    /// <param name="type">The type.</param>
    internal void Open(KeyStore store, CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        in Record record, RecordType type)
    {
        (_store, _core, _database, _hash, _keyLength, Type) = (store, core, database, hash, key.Length, type);
        if (_key.Length < key.Length) _key = new byte[Math.Max(64, key.Length)];
        key.CopyTo(_key);
        Told = KeyAudience.Everybody;
        _nodeKeyspace = store.Keyspaces.IdOf(database) | Keyspaces.NodeBit;
        Array.Clear(_known);
        SetRoot(record.Exists ? record.Header : null);
        DueFields = 0;
        if (type == RecordType.Hash && RootFormat.MayHaveDue(Root, Now))
            DueFields = FieldExpirer.CountDue(this);
    }

    /// <summary>A further tree of the collection, whose root is a node of its own.</summary>
    internal Nodes TreeAt(uint root) => new(this, root);

    /// <inheritdoc cref="ReadTree"/>
    internal Nodes ReadTreeAt(uint root) => new(this, root, true);

    /// <summary>Makes the node that is the root of a further, empty tree.</summary>
    internal uint CreateTree()
    {
        uint node = Allocate();
        Remember(node, _store.Nodes.Create(_core, KeyOf(node), [0]));
        return node;
    }

    /// <summary>Makes the node with a number that is never allocated the root of a further, empty
    /// tree.</summary>
    internal void CreateTreeAt(uint node)
    {
        if (!HasNodes) BeginNodes(0);
        Remember(node, _store.Nodes.Create(_core, KeyOf(node), [0], mayHaveBeenThere: true));
    }

    /// <summary>Removes the node that is the root of a further, empty tree.</summary>
    internal void RemoveTreeAt(uint node)
    {
        Forget(node);
        _store.Nodes.Remove(_core, KeyOf(node));
        // With it goes the last node, when the first tree has taken all elements back.
        if (RootFormat.Height(Root) == 0) SetHeight(0);
    }

    /// <summary>Stores a copy of another collection's root under this key, with a number of its own; its
    /// nodes are to follow (<see cref="CopyNode"/>).</summary>
    internal void CopyRoot(OpenCollection source)
    {
        byte[] root = TreeBytes.Rent(source.Root, out int length);
        if (source.HasNodes) RootFormat.SetCollection(root, _store.Sequence + 1);
        ReadOnlySpan<byte> copy = root.AsSpan(0, length);
        _store.Put(_core, _database, Key, _hash, source.Type, default, copy, source.ExpireAt);
        ArrayPool<byte>.Shared.Return(root);
        FindRoot();
    }

    /// <summary>Stores a copy of a node, under the same number.</summary>
    internal void CopyNode(uint node, ReadOnlySpan<byte> bytes) =>
        Remember(node, _store.Nodes.Create(_core, KeyOf(node), bytes));

    /// <summary>Removes the key with all its nodes.</summary>
    public void Remove()
    {
        _store.Remove(_core, _database, Key, _hash);
        SetRoot(null);
    }

    /// <summary>Removes the key when its last element is gone.</summary>
    internal void RemoveIfEmpty()
    {
        if (_root != null && RootFormat.Body(Root).IsEmpty) Remove();
    }

    private NodeKey KeyOf(uint node) => new(_nodeKeyspace, _collection, node);

    private void SetRoot(RecordHeader* root)
    {
        _root = root;
        _collection = RootFormat.Collection(Root);
    }

    /// <summary>Replaces some bytes of the key's value.</summary>
    internal void SpliceRoot(int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        if (_root == null) Create(offset, removed, inserted);
        else SetRoot(_store.Writer.Splice(_core, _database, Key, _hash, offset, removed, inserted, Told));
    }

    private void Create(int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        byte[] root = TreeBytes.Rent(Root, inserted.Length, out _);
        inserted.CopyTo(root.AsSpan(offset));
        int length = RootFormat.SmallBytes - removed + inserted.Length;
        _store.Put(_core, _database, Key, _hash, Type, default, root.AsSpan(0, length), 0);
        ArrayPool<byte>.Shared.Return(root);
        FindRoot();
        _core.ExpirySink?.KeyCreated(_database, Key);
    }

    private void FindRoot()
    {
        ulong* slot = _store.Memory.Table.Find(_hash, _store.Keyspaces.IdOf(_database), Key);
        SetRoot(RecordTable.RecordAt(slot));
    }

    private uint Allocate()
    {
        ReadOnlySpan<byte> root = Root;
        uint node = RootFormat.Last(root) + 1;
        if (RootFormat.IsSmall(root))
        {
            BeginNodes(node);
            return node;
        }

        if (_collection == 0)
        {
            Span<byte> numbers = stackalloc byte[RootFormat.LargeBytes - RootFormat.CollectionAt];
            RootFormat.WriteNumbers(numbers, _store.Sequence + 1, node);
            SpliceRoot(RootFormat.CollectionAt, numbers.Length, numbers);
            return node;
        }

        Span<byte> last = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(last, node);
        SpliceRoot(RootFormat.LastAt, last.Length, last);
        return node;
    }

    private void BeginNodes(uint last)
    {
        Span<byte> header = stackalloc byte[RootFormat.LargeBytes];
        // The next change of the partition.
        RootFormat.WriteLarge(header, Root, _store.Sequence + 1, last);
        SpliceRoot(0, RootFormat.SmallBytes, header);
    }

    // Without further trees a root that has taken all elements back has no nodes any more.
    private void SetHeight(int height)
    {
        ReadOnlySpan<byte> root = Root;
        bool staysLarge = height > 0 || Type == RecordType.SortedSet || RootFormat.IsTimed(root);
        if (staysLarge || RootFormat.Form(root) == RootFormat.WithEnds)
        {
            SpliceRoot(RootFormat.HeightAt, 1, [(byte)height]);
            return;
        }

        byte first = RootFormat.First(RootFormat.Small, RootFormat.Encoding(root));
        SpliceRoot(0, RootFormat.BodyAt(root), [first]);
    }

    private void Remember(uint node, RecordHeader* record)
    {
        _known[node % KnownNodes] = node;
        _knownRecords[node % KnownNodes] = record;
    }

    private void Forget(uint node) => _known[node % KnownNodes] = 0;

    // No node has the number 0, which stands for none.
    private bool IsKnown(uint node) => node != 0 && _known[node % KnownNodes] == node;

    private bool TryRead(uint node, out ReadOnlySpan<byte> bytes)
    {
        if (!IsKnown(node))
        {
            bytes = default;
            if (!_store.TryFindNode(_core, KeyOf(node), out RecordHeader* record)) return false;
            Remember(node, record);
        }

        bytes = RecordKeys.Value(_knownRecords[node % KnownNodes]);
        return true;
    }

    private bool TryPeek(uint node, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!IsKnown(node))
        {
            RecordHeader* record = _store.PeekNode(KeyOf(node));
            if (record == null) return false;
            Remember(node, record);
        }

        bytes = RecordKeys.Value(_knownRecords[node % KnownNodes]);
        return true;
    }

    private void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        RecordHeader* known = IsKnown(node) ? _knownRecords[node % KnownNodes] : null;
        Remember(node, _store.Nodes.Splice(_core, KeyOf(node), known, offset, removed, inserted));
        // The key's own record may stay as it is.
        if (Told != KeyAudience.Nobody) _store.Touch(_core, _database, Key, Told);
    }

    /// <summary>The nodes of one of the open collection's trees.</summary>
    internal readonly struct Nodes(OpenCollection open, uint root, bool isRead = false) : INodes
    {
        // A node that is a root has the tree's height before its body.
        private const int HeightBytes = 1;

        /// <inheritdoc/>
        public int Height => root == 0 ? RootFormat.Height(open.Root)
            : open.TryRead(root, out ReadOnlySpan<byte> bytes) ? bytes[0] : 0;

        /// <inheritdoc/>
        public ulong Seed => open._store.Settings.Shared.HashSeed ^ RootFormat.Seed(open.Root);

        /// <inheritdoc/>
        public void SetHeight(int height)
        {
            if (root == 0) open.SetHeight(height);
            else open.Splice(root, 0, HeightBytes, [(byte)height]);
        }

        /// <inheritdoc/>
        public bool TryGet(uint node, out ReadOnlySpan<byte> bytes)
        {
            if (node != 0) return isRead ? open.TryPeek(node, out bytes) : open.TryRead(node, out bytes);
            if (root == 0)
            {
                bytes = RootFormat.Body(open.Root);
                return true;
            }

            if (!open.TryRead(root, out bytes)) return false;
            bytes = bytes[HeightBytes..];
            return true;
        }

        /// <inheritdoc/>
        public bool TryPeek(uint node, out ReadOnlySpan<byte> bytes) => open.TryPeek(node, out bytes);

        /// <inheritdoc/>
        public void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted)
        {
            if (node != 0) open.Splice(node, offset, removed, inserted);
            else if (root != 0) open.Splice(root, HeightBytes + offset, removed, inserted);
            else open.SpliceRoot(RootFormat.BodyAt(open.Root) + offset, removed, inserted);
        }

        /// <inheritdoc/>
        public uint Create(ReadOnlySpan<byte> bytes)
        {
            uint node = open.Allocate();
            open.Remember(node, open._store.Nodes.Create(open._core, open.KeyOf(node), bytes));
            return node;
        }

        /// <inheritdoc/>
        public void Remove(uint node)
        {
            open.Forget(node);
            open._store.Nodes.Remove(open._core, open.KeyOf(node));
        }
    }
}
