using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The hash in an open collection. Methods called Try… return false when something must be read
/// from disk first; they have changed nothing then, and the command runs again. A command that changes
/// several fields looks all of them up before it changes the first.</summary>
/// <param name="open">The collection.</param>
public readonly struct StoredHash(OpenCollection open)
{
    /// <summary>The number of fields.</summary>
    public long Count => Tree.Count;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    private CountedTree<OpenCollection.Nodes, FieldOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, FieldOrder> Writer => new(open.Tree, open.Shape);

    /// <summary>Looks for a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="value">Its value, valid until the next change.</param>
    public bool TryFind(ReadOnlySpan<byte> field, out bool isThere, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!Tree.TryFind(KeyOf(field), out TreePath path, out isThere)) return false;
        if (isThere) Split(Tree.From(path), out _, out _, out value);
        return true;
    }

    /// <summary>Sets a field's value; the field has no expiry then.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">The value; not a part of a record.</param>
    /// <param name="isNew">False when the field was there.</param>
    public bool TrySet(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, out bool isNew)
    {
        isNew = false;
        if (!Tree.TryFind(KeyOf(field), out TreePath path, out bool isThere)) return false;
        isNew = !isThere;
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(field.Length, value.Length));
        builder.AddField(field, 0);
        builder.Add(value);
        if (isNew) Writer.Insert(ref path, builder.Element);
        else Writer.Replace(ref path, builder.Element);
        return true;
    }

    /// <summary>Removes a field that this run of the command has looked up; with the last one goes the
    /// key.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> field)
    {
        CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(open.ReadTree);
        if (!tree.TryFind(KeyOf(field), out TreePath path, out bool isThere) || !isThere) return false;
        Writer.Remove(ref path, 1);
        open.RemoveIfEmpty();
        return true;
    }

    /// <summary>The field at a position. Positions have no meaning, but all are used.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        field = value = default;
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        Split(Tree.From(path), out field, out _, out value);
        return true;
    }

    /// <summary>Visits at least so many elements, if there are, from a cursor on, which is moved; 0 at the
    /// end.</summary>
    public bool TryScan<TSink>(ref ulong cursor, long count, ref TSink sink)
        where TSink : IElementSink, allows ref struct
    {
        HashScan<OpenCollection.Nodes, FieldOrder> scan = new(open.Tree, cursor, count);
        while (scan.TryNext(out ReadOnlySpan<byte> element))
        {
            Split(element, out ReadOnlySpan<byte> field, out _, out ReadOnlySpan<byte> value);
            sink.Take(field, value, 0);
        }

        cursor = scan.Cursor;
        return !scan.IsMissing;
    }

    /// <summary>Reads all fields of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to) => Tree.TryRead(from, to);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Goes through the fields from a position on. Dispose of it.</summary>
    public Walk From(long position) => new(Tree, position);

    internal static void Split(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> field, out long expireAt,
        out ReadOnlySpan<byte> value)
    {
        int at = 0;
        int head = ElementCodec.ReadLength(element, ref at);
        field = element.Slice(at, (int)((uint)head >> 1));
        at += field.Length;
        expireAt = (head & 1) == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(element[at..]);
        at += (head & 1) * FieldOrder.ExpiryBytes;
        value = ElementCodec.ReadBytes(element, at);
    }

    private ElementKey KeyOf(ReadOnlySpan<byte> field) => MemberOrder.KeyOfMember(field, open.Tree.Seed);

    /// <summary>A walk over fields.</summary>
    public ref struct Walk
    {
        private TreeWalk<OpenCollection.Nodes, FieldOrder> _walk;

        internal Walk(CountedTree<OpenCollection.Nodes, FieldOrder> tree, long position) =>
            _walk = new(tree, position, false);

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _walk.IsMissing;

        /// <summary>The next field.</summary>
        public bool TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
        {
            field = value = default;
            if (!_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            Split(element, out field, out _, out value);
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
