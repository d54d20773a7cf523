using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The hash in an open collection. Fields whose time has come are not there. Methods called Try…
/// return false when something must be read from disk first; they have changed nothing then, and the command
/// runs again. A command that changes several fields prepares all of them (<see cref="TryPrepare"/>) before
/// it changes the first.</summary>
/// <param name="open">The collection.</param>
public readonly struct StoredHash(OpenCollection open)
{
    /// <summary>The latest time at which a field can expire, Unix milliseconds.</summary>
    public const long LatestExpiry = FieldTimes.Latest;

    /// <summary>The number of fields.</summary>
    public long Count => Tree.Count - open.DueFields;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    /// <summary>True when a field may have a time to live.</summary>
    public bool MayExpire => open.IsTimed;

    private CountedTree<OpenCollection.Nodes, FieldOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, FieldOrder> Writer => new(open.Tree, open.Shape);

    private FieldTimes Times => new(open);

    /// <summary>Looks for a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="value">Its value, valid until the next change.</param>
    public bool TryFind(ReadOnlySpan<byte> field, out bool isThere, out ReadOnlySpan<byte> value) =>
        TryFind(field, out isThere, out value, out _);

    /// <summary>Looks for a field, and tells when it expires.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="value">Its value, valid until the next change.</param>
    /// <param name="expireAt">Unix milliseconds; 0 for never.</param>
    public bool TryFind(ReadOnlySpan<byte> field, out bool isThere, out ReadOnlySpan<byte> value,
        out long expireAt)
    {
        value = default;
        expireAt = 0;
        if (!Tree.TryFind(KeyOf(field), out TreePath path, out isThere)) return false;
        if (!isThere) return true;
        FieldElement element = new(Tree.From(path));
        isThere = !element.IsDue(open.Now);
        if (!isThere) return true;
        value = element.Value;
        expireAt = element.ExpireAt;
        return true;
    }

    /// <summary>As <see cref="TryFind(ReadOnlySpan{byte}, out bool, out ReadOnlySpan{byte}, out long)"/>, and
    /// reads what a change or the removal of the field needs.</summary>
    public bool TryPrepare(ReadOnlySpan<byte> field, out bool isThere, out ReadOnlySpan<byte> value,
        out long expireAt)
    {
        if (!TryFind(field, out isThere, out value, out expireAt)) return false;
        return !open.IsTimed || !TryFindRaw(field, out _, out _, out long time)
            || Times.TryPrepare(field, time);
    }

    /// <summary>Reads what a new time of a field needs, beside <see cref="TryPrepare"/>.</summary>
    public bool TryPrepareTime(ReadOnlySpan<byte> field, long expireAt) => Times.TryPrepare(field, expireAt);

    /// <summary>Sets a field's value.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">The value; not a part of a record.</param>
    /// <param name="isNew">False when the field was there.</param>
    /// <param name="keepsTime">True when the field keeps its time; otherwise it has none then.</param>
    public bool TrySet(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, out bool isNew,
        bool keepsTime = false)
    {
        isNew = false;
        if (!TryFindRaw(field, out TreePath path, out bool isThere, out long time)) return false;
        if (time != 0 && !Times.TryPrepare(field, time)) return false;
        bool isDue = time != 0 && time <= open.Now;
        isNew = !isThere || isDue;
        bool keeps = keepsTime && !isDue;
        Write(ref path, field, value, isThere, keeps ? time : 0);
        if (time != 0 && !keeps) Times.Remove(field, time);
        if (isDue) open.DueFields--;
        return true;
    }

    /// <summary>Gives a field a value and a time, after <see cref="TryPrepare"/> and
    /// <see cref="TryPrepareTime"/>.</summary>
    /// <param name="field">The field; not a part of a record.</param>
    /// <param name="value">The value, maybe the one that it has.</param>
    /// <param name="expireAt">When it expires, Unix milliseconds; 0 for never.</param>
    /// <returns>The time that it had, which is to be taken back (<see cref="ForgetTime"/>) after the
    /// command's last call of this method; 0 for none.</returns>
    public long SetWithTime(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAt)
    {
        bool isRead = TryFindRaw(field, out TreePath path, out bool isThere, out long time);
        Invariant.Check(isRead, "a field that is changed was looked up");
        if (time != 0 && time <= open.Now) open.DueFields--;
        Write(ref path, field, value, isThere, expireAt);
        if (expireAt == time) return 0;
        if (expireAt != 0) Times.Add(field, expireAt);
        return time;
    }

    /// <summary>Takes a time back that a field does not have any more.</summary>
    public void ForgetTime(ReadOnlySpan<byte> field, long expireAt) => Times.Remove(field, expireAt);

    /// <summary>As <see cref="TryFind(ReadOnlySpan{byte}, out bool, out ReadOnlySpan{byte})"/>, for a field
    /// that was looked up before the command began to write.</summary>
    public bool HasStill(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        value = default;
        CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(open.ReadTree);
        if (!tree.TryFind(KeyOf(field), out TreePath path, out bool isThere) || !isThere) return false;
        FieldElement element = new(tree.From(path));
        value = element.Value;
        return !element.IsDue(open.Now);
    }

    /// <summary>Removes a field that this run of the command has prepared; with the last one goes the
    /// key.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> field)
    {
        CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(open.ReadTree);
        if (!tree.TryFind(KeyOf(field), out TreePath path, out bool isThere) || !isThere) return false;
        FieldElement element = new(tree.From(path));
        long time = element.ExpireAt;
        if (element.IsDue(open.Now)) return false;
        Writer.Remove(ref path, 1);
        if (time != 0) Times.Remove(field, time);
        open.RemoveIfEmpty();
        return true;
    }

    /// <summary>The field at a position. Positions have no meaning, but all are used. After
    /// <see cref="TryShift"/>.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        field = value = default;
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        FieldElement element = new(Tree.From(path));
        field = element.Field;
        value = element.Value;
        return true;
    }

    /// <summary>Makes positions among the fields that are there positions among all that stand in the tree.
    /// While fields that have expired wait for their removal, this reads the whole hash.</summary>
    public bool TryShift(Span<long> positions)
    {
        if (open.DueFields == 0) return true;
        if (!Tree.TryRead(0, Tree.Count)) return false;
        int[] order = [.. Enumerable.Range(0, positions.Length)];
        long[] wanted = positions.ToArray();
        Array.Sort(wanted, order);
        TreeWalk<OpenCollection.Nodes, FieldOrder> walk = new(Tree, 0, false);
        int next = 0;
        long shown = 0;
        for (long at = 0; next < order.Length && walk.TryNext(out ReadOnlySpan<byte> element); at++)
        {
            if (new FieldElement(element).IsDue(open.Now)) continue;
            for (; next < order.Length && wanted[next] == shown; next++) positions[order[next]] = at;
            shown++;
        }

        walk.Dispose();
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
            FieldElement parts = new(element);
            if (!parts.IsDue(open.Now)) sink.Take(parts.Field, parts.Value, 0);
        }

        cursor = scan.Cursor;
        return !scan.IsMissing;
    }

    /// <summary>Reads all fields of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to) => Tree.TryRead(from, to + open.DueFields);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to + open.DueFields, bytesMax, out isLong);

    /// <summary>Goes through the fields from a position on. Dispose of it.</summary>
    public Walk From(long position) => new(Tree, position, open.Now);

    // The field as it stands in the tree, also when its time has come.
    private bool TryFindRaw(ReadOnlySpan<byte> field, out TreePath path, out bool isThere, out long expireAt)
    {
        expireAt = 0;
        if (!Tree.TryFind(KeyOf(field), out path, out isThere)) return false;
        if (isThere && open.IsTimed) expireAt = new FieldElement(Tree.From(path)).ExpireAt;
        return true;
    }

    private void Write(ref TreePath path, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, bool isThere,
        long expireAt)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(field.Length, value.Length));
        builder.AddField(field, expireAt);
        builder.Add(value);
        // A hash with times gets their tree together with its first nodes.
        if (open.IsTimed && !open.HasNodes && Outgrows(builder.Element.Length)) Times.MakeTree();
        if (isThere) Writer.Replace(ref path, builder.Element);
        else Writer.Insert(ref path, builder.Element);
    }

    private bool Outgrows(int more)
    {
        open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
        return !leaf.IsEmpty && leaf.Length + more > open.Shape.RootLeafBytesMax;
    }

    private ElementKey KeyOf(ReadOnlySpan<byte> field) => MemberOrder.KeyOfMember(field, open.Tree.Seed);

    /// <summary>A walk over fields.</summary>
    public ref struct Walk
    {
        private readonly long _now;
        private TreeWalk<OpenCollection.Nodes, FieldOrder> _walk;

        internal Walk(CountedTree<OpenCollection.Nodes, FieldOrder> tree, long position, long now)
        {
            _now = now;
            _walk = new(tree, position, false);
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _walk.IsMissing;

        /// <summary>The next field.</summary>
        public bool TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
        {
            field = value = default;
            while (_walk.TryNext(out ReadOnlySpan<byte> element))
            {
                FieldElement parts = new(element);
                if (parts.IsDue(_now)) continue;
                field = parts.Field;
                value = parts.Value;
                return true;
            }

            return false;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
