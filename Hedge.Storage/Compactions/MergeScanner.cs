using Hedge.Storage.Runs;

namespace Hedge.Storage.Compactions;

/// <summary>Merges sorted sources, newest first: of entries with the same key only the newest source's comes
/// out. Tombstones come out too. Does not own the sources.</summary>
/// <remarks>
/// 1. A binary heap of sources, ordered by the key they stand on and then by age.
/// 2. The top is the entry. Every other source that stands on the same key moves at once, the newer ones
///    first, so that what the entry hides can say what blind writes replaced (<see cref="MergeCounts"/>).
/// 3. To go on, the top moves.
/// 4. A key that is removed by a range tombstone comes out as a tombstone, if at all.
/// </remarks>
internal sealed class MergeScanner : IEntrySource
{
    private readonly IEntrySource[] _sources;
    private readonly int[] _heap;
    private readonly MergeCounts? _counts;
    private int _count;
    private bool _started;
    private bool _isUnresolved;
    private bool _isRemoved;

    /// <summary>Merges <paramref name="newestFirst"/>; none of them has been moved yet.</summary>
    /// <param name="newestFirst">The sources.</param>
    /// <param name="counts">Resolves unresolved entries; null to give out the newest version's own
    /// mark.</param>
    public MergeScanner(IReadOnlyList<IEntrySource> newestFirst, MergeCounts? counts = null)
    {
        _counts = counts;
        _sources = [.. newestFirst];
        _heap = new int[_sources.Length];
    }

    /// <inheritdoc/>
    public RunEntry Current => _isRemoved
        ? new RunEntry
        {
            Key = _sources[_heap[0]].Current.Key,
            Kind = RunEntryKind.Tombstone,
            IsUnresolved = _isUnresolved,
        }
        : _sources[_heap[0]].Current with { IsUnresolved = _isUnresolved };

    /// <summary>Entries that a newer source's entry of the same key, or its range tombstone, has hidden so
    /// far.</summary>
    public long Shadowed { get; private set; }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (!_started)
        {
            _started = true;
            for (int source = 0; source < _sources.Length; source++)
                if (_sources[source].MoveNext()) _heap[_count++] = source;
            for (int at = _count / 2 - 1; at >= 0; at--) Sink(at);
        }
        else if (_count > 0) Move(0);

        while (_count > 0)
        {
            SkipShadowed();
            if (_counts is not { IsRemoved: true }) return true;
            Shadowed++;
            if (!_counts.IsGone) return true;
            Move(0);
        }

        return false;
    }

    private void SkipShadowed()
    {
        RunEntry newest = _sources[_heap[0]].Current;
        _counts?.Newest(_heap[0], newest);
        ReadOnlySpan<byte> key = newest.Key;
        while (true)
        {
            // Who stands on the same key as the top is one of its children, or comes to be when that one has
            // moved.
            int child = 1;
            if (_count > 2 && IsBefore(2, 1)) child = 2;
            if (child >= _count) break;
            RunEntry older = _sources[_heap[child]].Current;
            if (!older.Key.SequenceEqual(key)) break;
            _counts?.Older(_heap[child], older);
            Shadowed++;
            Move(child);
        }

        _isUnresolved = _counts?.End(key) ?? newest.IsUnresolved;
        _isRemoved = _counts is { IsRemoved: true };
    }

    private void Move(int at)
    {
        if (!_sources[_heap[at]].MoveNext()) _heap[at] = _heap[--_count];
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
        int order = _sources[_heap[left]].Current.Key.SequenceCompareTo(_sources[_heap[right]].Current.Key);
        return order != 0 ? order < 0 : _heap[left] < _heap[right];
    }
}
