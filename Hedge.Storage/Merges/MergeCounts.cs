using Hedge.Storage.Keys;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Merges;

/// <summary>
/// Finds out while runs are merged what blind writes and range tombstones replaced: often the older version
/// is an input of the same merge. One thread.
/// </summary>
/// <remarks>
/// Of each key, its versions come newest first.
/// 1. An unresolved version is resolved by the next older one, whatever that one is; or by a range tombstone
///    between the two, of a source that has no version: then there was nothing.
/// 2. A range tombstone that is not counted has removed the next older version, if that one is a put.
/// 3. If the oldest is unresolved and no older run remains outside the merge, there was no key before it.
/// 4. Else the entry that survives is unresolved in its place: what is unknown is what lies beneath all of
///    them. So it is when a range tombstone beneath the oldest version is not counted: the merge's own
///    tombstone says nothing of keys that have an entry, so the entry says it.
/// 5. If none survives, the newest being removed, a tombstone stands for the key as long as the merge's range
///    tombstone would otherwise count it, or an unresolved mark has to stay.
/// </remarks>
/// <param name="isCounted">For each source whether its unresolved entries have been counted already: then
/// their mark means nothing.</param>
/// <param name="includesOldest">True when there is no older run outside the merge.</param>
/// <param name="ranges">The sources' range tombstones; null for none.</param>
internal sealed class MergeCounts(IReadOnlyList<bool> isCounted, bool includesOldest,
    MergeRanges? ranges = null)
{
    private readonly MergeRanges? _ranges = ranges is { IsEmpty: false } ? ranges : null;
    private uint _keyspace;
    private int _source;
    private bool _isPending;

    /// <summary>The corrections found so far.</summary>
    public CountSums Sums { get; } = new();

    /// <summary>True when the newest version of the key is removed by a newer range tombstone.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>True when nothing at all is to be written of the key.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The newest version of the next key.</summary>
    public void Newest(int source, in RunEntry entry)
    {
        _keyspace = InternalKey.Keyspace(entry.Key);
        _isPending = false;
        IsRemoved = IsRemovedBetween(-1, source, entry);
        _isPending = IsPending(source, entry);
        _source = source;
    }

    /// <summary>The next older version of the same key.</summary>
    public void Older(int source, in RunEntry entry)
    {
        bool isRemoved = IsRemovedBetween(_source, source, entry);
        if (_isPending && !isRemoved)
        {
            Sums.Replaced(_keyspace, entry.Kind == RunEntryKind.Put, entry.ExpireAt != 0);
            RemoveNodes(entry);
        }

        _isPending = IsPending(source, entry);
        _source = source;
    }

    /// <summary>All versions have come. True when the surviving entry is unresolved.</summary>
    /// <param name="key">The key.</param>
    public bool End(ReadOnlySpan<byte> key)
    {
        IsGone = false;
        bool isUncountedBeneath = false;
        bool isRemovedBeneath = _ranges is not null
            && _ranges.Removes(_source, isCounted.Count, key, out isUncountedBeneath);
        if (_isPending && (isRemovedBeneath || includesOldest))
        {
            Sums.Replaced(_keyspace, false, false);
            _isPending = false;
        }

        if (includesOldest) isUncountedBeneath = false;
        if (IsRemoved)
        {
            // A version's own run may cover it too: the oldest tombstone is the one that counts from now on.
            _ranges!.Removes(-1, isCounted.Count, key, out bool isUncounted);
            IsGone = includesOldest || isRemovedBeneath || !(_isPending || isUncounted);
            return _isPending;
        }

        if (!isUncountedBeneath) return _isPending;
        Sums.Add(_keyspace, -1, 0);
        return true;
    }

    // What a range tombstone between two versions means for the counts: rules 1 and 2.
    private bool IsRemovedBetween(int newer, int older, in RunEntry entry)
    {
        if (_ranges is null || !_ranges.Removes(newer, older, entry.Key, out bool isUncounted)) return false;
        if (_isPending) Sums.Replaced(_keyspace, false, false);
        if (isUncounted && entry.Kind == RunEntryKind.Put)
        {
            Sums.Add(_keyspace, -1, entry.ExpireAt != 0 ? -1 : 0);
            RemoveNodes(entry);
        }

        return true;
    }

    private void RemoveNodes(in RunEntry entry)
    {
        long nodes = LivingCollections.NodesAbout(entry);
        if (nodes != 0) Sums.Add(_keyspace | Keyspaces.NodeBit, -nodes, 0);
    }

    private bool IsPending(int source, in RunEntry entry) => entry.IsUnresolved && !isCounted[source];
}
