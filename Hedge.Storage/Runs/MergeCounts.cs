namespace Hedge.Storage.Runs;

/// <summary>
/// Resolves, while runs are merged, what blind writes replaced: the older version often stands in the same
/// merge. One thread.
/// </summary>
/// <remarks>
/// Of each key, its versions come newest first. 1. An unresolved version is resolved by the next older one,
/// whatever that one is. 2. If the oldest is unresolved and no older run remains outside the merge, there was
/// no key before it. 3. Else the entry that survives is unresolved in its place: what is unknown is what lies
/// beneath all of them.
/// </remarks>
/// <param name="isCounted">For each source whether its unresolved entries have been counted already: then
/// their mark means nothing.</param>
/// <param name="includesOldest">True when there is no older run outside the merge.</param>
internal sealed class MergeCounts(IReadOnlyList<bool> isCounted, bool includesOldest)
{
    private uint _keyspace;
    private bool _isPending;

    /// <summary>The corrections found so far.</summary>
    public CountSums Sums { get; } = new();

    /// <summary>The newest version of the next key.</summary>
    public void Newest(int source, in RunEntry entry)
    {
        _keyspace = InternalKey.Keyspace(entry.Key);
        _isPending = IsPending(source, entry);
    }

    /// <summary>The next older version of the same key.</summary>
    public void Older(int source, in RunEntry entry)
    {
        if (_isPending) Sums.Replaced(_keyspace, entry.Kind == RunEntryKind.Put, entry.ExpireAt != 0);
        _isPending = IsPending(source, entry);
    }

    /// <summary>All versions have come. True when the surviving entry is unresolved.</summary>
    public bool End()
    {
        if (!_isPending || !includesOldest) return _isPending;
        Sums.Replaced(_keyspace, false, false);
        return false;
    }

    private bool IsPending(int source, in RunEntry entry) => entry.IsUnresolved && !isCounted[source];
}
