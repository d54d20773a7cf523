namespace Hedge.Storage.Ranges;

/// <summary>The range tombstones of a merge's sources. The merge asks about keys in ascending
/// order.</summary>
internal sealed class MergeRanges
{
    private readonly RangeTombstones[] _ranges;
    private readonly bool[] _isCounted;
    private readonly int[] _sources;

    /// <summary>Takes the sources' tombstones.</summary>
    /// <param name="newestFirst">The tombstones of each source.</param>
    /// <param name="isCounted">For each source, whether the key counts know what its tombstones have
    /// removed.</param>
    public MergeRanges(IReadOnlyList<RangeTombstones> newestFirst, IReadOnlyList<bool> isCounted)
    {
        _ranges = [.. newestFirst];
        _isCounted = [.. isCounted];
        _sources = [.. Enumerable.Range(0, _ranges.Length).Where(source => !_ranges[source].IsEmpty)];
    }

    /// <summary>True when no source has range tombstones.</summary>
    public bool IsEmpty => _sources.Length == 0;

    /// <summary>True when a key is removed by a source that is older than one and newer than
    /// another.</summary>
    /// <param name="after">The newer source; -1 for none.</param>
    /// <param name="before">The older source, or the number of sources.</param>
    /// <param name="key">The key.</param>
    /// <param name="isUncounted">True when the oldest source that removes the key is not counted for
    /// it.</param>
    public bool Removes(int after, int before, ReadOnlySpan<byte> key, out bool isUncounted)
    {
        isUncounted = false;
        for (int i = _sources.Length - 1; i >= 0; i--)
        {
            int source = _sources[i];
            if (source <= after) return false;
            if (source >= before || !_ranges[source].Covered.Covers(key)) continue;
            isUncounted = !_isCounted[source] && _ranges[source].Uncounted.Covers(key);
            return true;
        }

        return false;
    }

    /// <summary>The range tombstones of the merge's result.</summary>
    public RangeTombstones Merge(Func<uint, bool> isLiveKeyspace)
    {
        RangeTombstones merged = new();
        for (int i = _sources.Length - 1; i >= 0; i--)
            merged.AddNewer(_ranges[_sources[i]], _isCounted[_sources[i]]);
        merged.Keep(isLiveKeyspace);
        return merged;
    }
}
