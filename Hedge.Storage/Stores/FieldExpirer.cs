using System.Buffers;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>
/// Removes the fields of a partition's hashes whose time has come, so that no command sees them. The holder
/// of the partition uses it.
/// </summary>
/// <remarks>
/// 1. A look-up of a hash removes all fields that are due, or none: when they are very many, or when nothing
///    can be written now, they stay, and <see cref="OpenCollection.DueFields"/> of them are not shown. So two
///    look-ups of one command see the same, and the second one writes nothing.
/// 2. When all fields are due, the key goes in one step, however many there are.
/// 3. Of very many the partition's owner removes some at a time (<see cref="TryRemoveSome"/>).
/// 4. Each step reads all it needs before it writes.
/// </remarks>
internal sealed class FieldExpirer(KeyStore partition)
{
    private readonly OpenCollection _open = new();

    /// <summary>The most fields that a look-up, or a step of the owner, removes from a hash with nodes. Tests
    /// change it.</summary>
    public int FieldsPerStep { get; set; } = 128;

    /// <summary>Counts the expired fields of a hash that a look-up has left. 0 when the look-up has not ended
    /// yet.</summary>
    public static long CountDue(OpenCollection open) =>
        new FieldTimes(open).TryCountDue(out long count) ? count : 0;

    /// <summary>Removes the due fields of a hash that a look-up has found, or hides the key when all of them
    /// are due.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key; not its record's own bytes.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="record">The hash; its new record, or its absence.</param>
    /// <returns>False when something must be read first.</returns>
    public bool TryExpire(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        ref Record record) =>
        TryExpire(core, database, key, hash, ref record, isStep: false);

    /// <summary>As <see cref="TryExpire(CoreStorage, int, ReadOnlySpan{byte}, ulong, ref Record)"/>, but of
    /// very many fields it removes some.</summary>
    public bool TryRemoveSome(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        ref Record record) =>
        TryExpire(core, database, key, hash, ref record, isStep: true);

    private bool TryExpire(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        ref Record record, bool isStep)
    {
        _open.Open(partition, core, database, key, hash, record, RecordType.Hash);
        FieldTimes times = new(_open);
        if (!times.TryCountDue(out long due)) return false;
        bool isWhole = due > 0 && due == Fields.Count;
        if (!core.CanWrite)
        {
            if (isWhole) record = default;
            return true;
        }

        long removed = isWhole || !times.HasTree ? due : Math.Min(due, FieldsPerStep);
        if (removed < due && !isStep) return true;
        if (removed == 0) _open.Told = KeyAudience.Nobody;
        else partition.TellReaders(core, key, KeyAudience.Watchers | KeyAudience.Causer);
        long begun = core.Changes.Begun;
        if (isWhole) _open.Remove();
        else if (removed == 0 ? !times.TryCorrectEarliest() : !TryRemove(times, removed)) return false;
        core.Changes.NoteExpired(begun);
        record = _open.Record;
        if (removed == 0) return true;
        core.Counters.ExpiredFields += removed;
        core.ExpirySink?.FieldsExpired(database, key, removed, isWhole);
        return true;
    }

    private CountedTree<OpenCollection.Nodes, FieldOrder> Fields => new(_open.Tree);

    private bool TryRemove(FieldTimes times, long count)
    {
        if (!times.HasTree)
        {
            RemoveFromLeaf();
            return times.TryCorrectEarliest();
        }

        if (!TryRead(times, count)) return false;
        TreeWriter<OpenCollection.Nodes, FieldOrder> writer = new(_open.Tree, _open.Shape);
        TreeWalk<OpenCollection.Nodes, ScoreOrder> walk = times.Walk();
        for (long i = 0; i < count && walk.TryNext(out ReadOnlySpan<byte> element); i++)
        {
            CountedTree<OpenCollection.Nodes, FieldOrder> fields = new(_open.ReadTree);
            bool isRead = fields.TryFind(KeyOf(element), out TreePath path, out bool isThere);
            Invariant.Check(isRead && isThere, "a field with a time is there");
            writer.Remove(ref path, 1);
        }

        walk.Dispose();
        times.RemoveFirst(count);
        return true;
    }

    private bool TryRead(FieldTimes times, long count)
    {
        if (!times.TryReadFirst(count)) return false;
        bool isRead = true;
        TreeWalk<OpenCollection.Nodes, ScoreOrder> walk = times.Walk();
        for (long i = 0; i < count && walk.TryNext(out ReadOnlySpan<byte> element); i++)
            isRead &= Fields.TryFind(KeyOf(element), out _, out _);
        walk.Dispose();
        return isRead;
    }

    private ElementKey KeyOf(ReadOnlySpan<byte> element) =>
        MemberOrder.KeyOfMember(ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes), _open.Tree.Seed);

    // What stays is put together and written once.
    private void RemoveFromLeaf()
    {
        _open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
        byte[] kept = ArrayPool<byte>.Shared.Rent(leaf.Length);
        int length = 0;
        LeafFields fields = new(leaf);
        while (fields.MoveNext())
        {
            if (fields.Current.IsDue(_open.Now)) continue;
            ReadOnlySpan<byte> element = leaf[fields.Offset..];
            element = element[..FieldOrder.ElementLength(element)];
            element.CopyTo(kept.AsSpan(length));
            length += element.Length;
        }

        _open.Tree.Splice(0, 0, leaf.Length, kept.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(kept);
    }
}
