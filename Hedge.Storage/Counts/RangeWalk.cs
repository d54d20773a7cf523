using Hedge.Storage.Caches;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>
/// Finds out how many keys range tombstones have removed from the runs that are older: goes over the ranges
/// in these runs, merged. Keys that have an entry beside the tombstone, in its own run or generation, are
/// left out: what that entry has replaced is its own matter. Does not hold the runs.
/// </summary>
/// <remarks>A part that a range tombstone between has removed already is skipped.</remarks>
internal sealed class RangeWalk
{
    private readonly KeyRanges _ranges;
    private readonly RangeSource[] _sources;
    private readonly KeyRanges[] _above;
    private readonly Run[] _older;
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
    public RangeWalk(KeyRanges ranges, RangeSource own, Run[] older, KeyRanges[] above, CountSums sums)
    {
        _ranges = ranges;
        _sources = [own, .. older.Select(run => new RunRangeSource(run))];
        _older = older;
        _above = above;
        _sums = sums;
    }

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>Goes on as far as the blocks at hand allow.</summary>
    /// <param name="blocks">Where blocks come from; notes what is missing.</param>
    /// <param name="keysMax">How many keys to look at, at most.</param>
    public WalkState Go(BlockSource blocks, int keysMax)
    {
        while (_range < _ranges.Count)
        {
            KeyRange range = _ranges[_range];
            if (!_isOpen) Open(range);
            if (!TryFindLeast(blocks, range, out int least)) return WalkState.NeedsBlocks;
            if (least < 0)
            {
                _range++;
                _isOpen = false;
                continue;
            }

            if (keysMax-- <= 0) return WalkState.Paused;
            Take(least, range);
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

    private void Open(KeyRange range)
    {
        foreach (RangeSource source in _sources) source.Seek(range.From.Span, range.To.Span);
        _isOpen = true;
        _keyLength = 0;
    }

    private bool TryFindLeast(BlockSource blocks, KeyRange range, out int least)
    {
        least = -1;
        bool lacks = false;
        for (int i = 0; i < _sources.Length; i++)
        {
            if (_sources[i].State == CursorState.NeedsBlock) _sources[i].Resume(blocks);
            lacks |= _sources[i].State == CursorState.NeedsBlock;
            if (_sources[i].State != CursorState.Ready || lacks) continue;
            ReadOnlySpan<byte> key = _sources[i].Key;
            if (key.SequenceCompareTo(range.To.Span) >= 0) continue;
            if (least < 0 || key.SequenceCompareTo(_sources[least].Key) < 0) least = i;
        }

        return !lacks;
    }

    // The newest source of those that stand on the key is the one found; the others move along.
    private void Take(int least, KeyRange range)
    {
        ReadOnlySpan<byte> key = _sources[least].Key;
        if (key.Length > _key.Length) _key = new byte[Math.Max(key.Length, 2 * _key.Length)];
        key.CopyTo(_key);
        _keyLength = key.Length;
        ReadOnlySpan<byte> skipTo = least == 0 ? default : RemovedUpTo(least);
        if (least > 0 && skipTo.IsEmpty && _sources[least].IsPut)
            _sums.Add(InternalKey.Keyspace(Key), -1, _sources[least].Expires ? -1 : 0);
        for (int i = least; i < _sources.Length; i++)
        {
            bool isOn = _sources[i].State == CursorState.Ready && _sources[i].Key.SequenceEqual(Key);
            if (isOn && !skipTo.IsEmpty) _sources[i].Seek(skipTo, range.To.Span);
            else if (isOn) _sources[i].MoveNext();
        }
    }

    // The end of a range that removes the key from the run of a source; empty for none.
    private ReadOnlySpan<byte> RemovedUpTo(int source)
    {
        foreach (KeyRanges ranges in _above)
            if (ranges.Find(Key) is >= 0 and int index) return ranges[index].To.Span;
        for (int i = 0; i < source - 1; i++)
        {
            KeyRanges ranges = _older[i].Info.Ranges.Covered;
            if (ranges.Find(Key) is >= 0 and int index) return ranges[index].To.Span;
        }

        return default;
    }
}
