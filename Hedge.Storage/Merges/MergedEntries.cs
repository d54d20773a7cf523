using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Merges;

/// <summary>Merges sorted sources, newest first: of entries with the same key only the newest source's comes
/// out. Tombstones come out too. Disposes the sources.</summary>
/// <remarks>
/// 1. A binary heap of sources, ordered by the key they stand on and then by age.
/// 2. The top is the entry. Every other source that stands on the same key moves at once, the newer ones
///    first, so that what the entry hides can say what blind writes replaced (<see cref="MergeCounts"/>).
/// 3. To go on, the top moves. What needs blocks leaves the heap and waits; before the merge goes on, all of
///    them have come back, or say together what they need.
/// 4. A key that a newer source removes (<see cref="EntrySource.Removed"/>) comes out as a tombstone. Its
///    sources then go on at the end of the range that removes it. With counts, which must see every entry,
///    they know what is removed, and a key of which nothing is to be written does not come out at all.
/// </remarks>
internal sealed class MergedEntries : EntrySource
{
    private readonly EntrySource[] _sources;
    private readonly int[] _heap;
    private readonly int[] _waiting;
    private readonly MergeCounts? _counts;
    private int _count;
    private int _waitingCount;
    private bool _isSought = true;
    private bool _isBackward;
    private bool _anyRemoves;
    private bool _isRemoved;
    private bool _isUnresolved;
    private KeyRange _removal;

    /// <summary>Merges <paramref name="newestFirst"/>; none of them has been moved yet.</summary>
    /// <param name="newestFirst">The sources.</param>
    /// <param name="counts">Resolves unresolved entries, ascending, and knows what the sources remove; null
    /// to give out the newest version's own mark.</param>
    public MergedEntries(IReadOnlyList<EntrySource> newestFirst, MergeCounts? counts = null)
    {
        _counts = counts;
        _sources = [.. newestFirst];
        _heap = new int[_sources.Length];
        _waiting = new int[_sources.Length];
    }

    /// <inheritdoc/>
    public override KeyRange Bounds
    {
        get;
        set
        {
            field = value;
            foreach (EntrySource source in _sources) source.Bounds = value;
        }
    }

    /// <summary>The number of the source of the entry stood on; 0 is the newest.</summary>
    public int Source => _heap[0];

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key => _sources[_heap[0]].Key;

    /// <inheritdoc/>
    public override RunEntry Head => _isRemoved ? Tombstone : Marked(_sources[_heap[0]].Head);

    /// <inheritdoc/>
    public override RunEntry Current => _isRemoved ? Tombstone : Marked(_sources[_heap[0]].Current);

    /// <inheritdoc/>
    public override bool TryCurrent(out RunEntry entry)
    {
        entry = _isRemoved ? Tombstone : default;
        if (_isRemoved) return true;
        if (!_sources[_heap[0]].TryCurrent(out entry)) return false;
        entry = Marked(entry);
        return true;
    }

    private RunEntry Tombstone =>
        new() { Key = Key, Kind = RunEntryKind.Tombstone, IsUnresolved = _isUnresolved };

    /// <summary>Entries that a newer source's entry of the same key has hidden so far; with counts, those too
    /// that its range tombstone has.</summary>
    public long Shadowed { get; private set; }

    /// <inheritdoc/>
    public override void Seek(ReadOnlySpan<byte> key)
    {
        foreach (EntrySource source in _sources) source.Seek(key);
        _isSought = true;
        State = CursorState.NeedsBlock;
    }

    /// <inheritdoc/>
    public override CursorState MoveNext() => Move(isBackward: false);

    /// <inheritdoc/>
    public override CursorState MovePrevious() => Move(isBackward: true);

    /// <inheritdoc/>
    public override CursorState Resume()
    {
        while (true)
        {
            int waiting = _waitingCount;
            _waitingCount = 0;
            for (int i = 0; i < waiting; i++) Place(_waiting[i], _sources[_waiting[i]].Resume());
            if (_waitingCount > 0) return State = CursorState.NeedsBlock;
            if (_count == 0) return State = CursorState.End;
            if (_anyRemoves) _isRemoved = IsRemoved();
            SkipShadowed();
            if (_counts is not { IsRemoved: true }) return State = CursorState.Ready;
            Shadowed++;
            if (!_counts.IsGone) return State = CursorState.Ready;
            Advance(0);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (EntrySource source in _sources) source.Dispose();
    }

    // Blocks that it lacks are noted at once: who moves a merge wants its entry.
    private CursorState Move(bool isBackward)
    {
        if (_isSought) Begin(isBackward);
        else if (State == CursorState.Ready) Advance(0);
        Invariant.Check(_isBackward == isBackward, "a merge turns round only by a seek");
        return Resume();
    }

    private void Begin(bool isBackward)
    {
        _isSought = _isRemoved = _anyRemoves = false;
        _isBackward = isBackward;
        _count = _waitingCount = 0;
        for (int source = 0; source < _sources.Length; source++)
        {
            _anyRemoves |= _counts is null && _sources[source].Removed is { Count: > 0 };
            Place(source, Next(source));
        }
    }

    private CursorState Next(int source) =>
        _isBackward ? _sources[source].MovePrevious() : _sources[source].MoveNext();

    private void Place(int source, CursorState state)
    {
        if (state == CursorState.NeedsBlock) _waiting[_waitingCount++] = source;
        if (state != CursorState.Ready) return;
        int at = _count++;
        _heap[at] = source;
        for (int parent = (at - 1) / 2; at > 0 && IsBefore(at, parent); parent = (at - 1) / 2)
        {
            (_heap[at], _heap[parent]) = (_heap[parent], _heap[at]);
            at = parent;
        }
    }

    private bool IsRemoved()
    {
        ReadOnlySpan<byte> key = Key;
        for (int source = 0; source < _heap[0]; source++)
        {
            if (_sources[source].Removed is not { Count: > 0 } ranges) continue;
            int index = ranges.Find(key);
            if (index < 0) continue;
            _removal = ranges[index];
            return true;
        }

        return false;
    }

    private void SkipShadowed()
    {
        ReadOnlySpan<byte> key = Key;
        _counts?.Newest(_heap[0], Counted(_heap[0]));
        while (true)
        {
            // Who stands on the same key as the top is one of its children, or comes to be when that one has
            // moved.
            int child = 1;
            if (_count > 2 && IsBefore(2, 1)) child = 2;
            if (child >= _count || !_sources[_heap[child]].Key.SequenceEqual(key)) break;
            _counts?.Older(_heap[child], Counted(_heap[child]));
            Shadowed++;
            Advance(child);
        }

        if (_counts is null) return;
        _isUnresolved = _counts.End(key);
        _isRemoved = _counts.IsRemoved;
    }

    // Of a root the value counts, too.
    private RunEntry Counted(int source)
    {
        RunEntry head = _sources[source].Head;
        return LivingCollections.MayBeRoot(head) ? _sources[source].Current : head;
    }

    private RunEntry Marked(RunEntry entry) =>
        _counts is null ? entry : entry with { IsUnresolved = _isUnresolved };

    private void Advance(int at)
    {
        int source = _heap[at];
        // All sources that stand on a removed key are older than the one that removes it.
        if (_isRemoved && _counts is null)
            _sources[source].Seek(_isBackward ? _removal.From.Span : _removal.To.Span);
        CursorState state = Next(source);
        if (state == CursorState.NeedsBlock) _waiting[_waitingCount++] = source;
        if (state != CursorState.Ready) _heap[at] = _heap[--_count];
        if (at < _count) Sink(at);
    }

    private void Sink(int at)
    {
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= _count) return;
            if (child + 1 < _count && IsBefore(child + 1, child)) child++;
            if (!IsBefore(child, at)) return;
            (_heap[at], _heap[child]) = (_heap[child], _heap[at]);
            at = child;
        }
    }

    private bool IsBefore(int left, int right)
    {
        int order = _sources[_heap[left]].Key.SequenceCompareTo(_sources[_heap[right]].Key);
        if (order == 0) return _heap[left] < _heap[right];
        return _isBackward ? order > 0 : order < 0;
    }
}
