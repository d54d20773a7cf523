using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>
/// Finds out how many keys range tombstones have removed from the runs that are older: goes over the ranges
/// in these runs, merged. Keys that have an entry beside the tombstone, in its own run or generation, are
/// left out: what that entry has replaced is its own matter. Does not hold the runs.
/// </summary>
/// <remarks>A part that a range tombstone between has removed already is skipped.</remarks>
internal sealed class RangeWalk : IDisposable
{
    /// <summary>Blocks asked for together, the first of which is needed at once.</summary>
    private const int BlocksAhead = 8;

    private readonly KeyRanges _ranges;
    private readonly RunCursor[] _cursors;
    private readonly MergedEntries _merged;
    private readonly CountSums _sums;
    private byte[] _key = new byte[64];
    private int _keyLength;
    private int _range;
    private bool _isOpen;

    /// <summary>Stands before the first range.</summary>
    /// <param name="ranges">The ranges; not to be changed meanwhile.</param>
    /// <param name="own">The entries of the run or generation that the ranges are of.</param>
    /// <param name="older">The runs that are older, newest first.</param>
    /// <param name="above">What is removed from all of these by generations between.</param>
    /// <param name="sums">Gets what is found.</param>
    public RangeWalk(KeyRanges ranges, EntrySource own, Run[] older, KeyRanges[] above, CountSums sums)
    {
        _ranges = ranges;
        _sums = sums;
        own.Removed = new KeyRanges();
        foreach (KeyRanges removed in above) own.Removed.Add(removed);
        _cursors = [.. older.Select(run => CursorOf(run))];
        foreach (RunCursor cursor in _cursors) cursor.Removed = cursor.Run.Info.Ranges.Covered;
        _merged = new MergedEntries([own, .. _cursors]);
        if (own is RunCursor ownRun) _cursors = [ownRun, .. _cursors];
    }

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The entries of a run, for a walk, which says where the blocks come from.</summary>
    public static RunCursor CursorOf(Run run) => new(run, null, BlocksAhead);

    /// <summary>Goes on as far as the blocks at hand allow.</summary>
    /// <param name="blocks">Where blocks come from; notes what is missing.</param>
    /// <param name="keysMax">How many keys to look at, at most.</param>
    public WalkState Go(BlockSource blocks, int keysMax)
    {
        foreach (RunCursor cursor in _cursors) cursor.Blocks = blocks;
        while (_range < _ranges.Count)
        {
            if (keysMax <= 0) return WalkState.Paused;
            if (!_isOpen) Open(_ranges[_range]);
            CursorState state = _merged.MoveNext();
            if (state == CursorState.NeedsBlock) return WalkState.NeedsBlocks;
            if (state == CursorState.Ready)
            {
                keysMax--;
                Take();
                continue;
            }

            _range++;
            _isOpen = false;
        }

        return WalkState.Done;
    }

    /// <summary>Takes what has been walked out of the ranges that are not counted yet.</summary>
    public void Counted(KeyRanges uncounted)
    {
        for (int i = 0; i < _range; i++) uncounted.Remove(_ranges[i]);
        if (!_isOpen || _keyLength == 0) return;
        // Up to the key stood on, which is the first part of all keys above it.
        byte[] end = new byte[_keyLength + 1];
        Key.CopyTo(end);
        uncounted.Remove(_ranges[_range] with { To = end });
    }

    /// <inheritdoc/>
    public void Dispose() => _merged.Dispose();

    private void Open(KeyRange range)
    {
        _merged.Bounds = range;
        _merged.Seek(range.From.Span);
        _isOpen = true;
        _keyLength = 0;
    }

    private void Take()
    {
        ReadOnlySpan<byte> key = _merged.Key;
        if (key.Length > _key.Length) _key = new byte[Math.Max(key.Length, 2 * _key.Length)];
        key.CopyTo(_key);
        _keyLength = key.Length;
        if (_merged.Source == 0) return;
        RunEntry entry = _merged.Head;
        if (entry.Kind != RunEntryKind.Put) return;
        uint keyspace = InternalKey.Keyspace(Key);
        _sums.Add(keyspace, -1, entry.ExpireAt != 0 ? -1 : 0);
        if (!LivingCollections.MayBeRoot(entry) || !_merged.TryCurrent(out entry)) return;
        long nodes = LivingCollections.NodesAbout(entry);
        if (nodes != 0) _sums.Add(keyspace | Keyspaces.NodeBit, -nodes, 0);
    }
}
