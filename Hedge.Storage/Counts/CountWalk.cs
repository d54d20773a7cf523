using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>How a <see cref="CountWalk"/> has stopped.</summary>
internal enum WalkState
{
    /// <summary>All keys are resolved.</summary>
    Done,

    /// <summary>It goes on when the blocks it has asked for are there.</summary>
    NeedsBlocks,

    /// <summary>It has done what it was allowed to.</summary>
    Paused,
}

/// <summary>
/// Finds out what blind writes have replaced: goes over their keys in order and asks the runs that are
/// older. It keeps references to these until it is disposed. So its findings stay right when older runs are
/// merged meanwhile: a merge does not change what they say.
/// </summary>
/// <remarks>
/// 1. A window of keys is under way at once, so that their blocks are read side by side. A key that the
///    filters rule out never enters it.
/// 2. Since keys ascend, the keys of a window, and of the next, mostly need the same blocks: each block of an
///    older run is read about once.
/// </remarks>
internal sealed class CountWalk : IDisposable
{
    private readonly UnresolvedKeys _keys;
    private readonly KeyRanges[] _above;
    private RangeWalk? _ranges;
    private readonly Run[] _older;
    private readonly Item[] _window;
    private int _used;
    private int _attempt;
    private bool _hasEnded;
    private bool _disposed;

    /// <summary>Stands before the first key.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="older">The runs that are older than the blind writes, newest first.</param>
    /// <param name="windowKeys">Keys under way at once: what they need must fit in memory.</param>
    /// <param name="above">What is removed from all of those runs by generations newer than them.</param>
    public CountWalk(UnresolvedKeys keys, ReadOnlySpan<Run> older, int windowKeys = 1,
        ReadOnlySpan<KeyRanges> above = default)
    {
        _above = above.ToArray();
        _window = new Item[windowKeys];
        _keys = keys;
        _older = older.ToArray();
        foreach (Run run in _older) run.Acquire();
    }

    /// <summary>A walk over all that is unresolved in a run.</summary>
    public static CountWalk Of(Run run, ReadOnlySpan<Run> older, int windowKeys = 1)
    {
        CountWalk walk = new(new UnresolvedEntries(run), older, windowKeys);
        KeyRanges ranges = run.Info.Ranges.Uncounted;
        if (ranges.Count > 0) walk.Include(ranges, RangeWalk.CursorOf(run));
        return walk;
    }

    /// <summary>A walk over all that is unresolved in a frozen generation.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="older">The partition's runs.</param>
    /// <param name="windowKeys">As for the constructor.</param>
    /// <param name="above">What older generations have removed from these runs.</param>
    public static CountWalk Of(Generation generation, ReadOnlySpan<Run> older, int windowKeys,
        ReadOnlySpan<KeyRanges> above)
    {
        UnresolvedRecords records = new(generation, 0, generation.Counts!);
        CountWalk walk = new(records, older, windowKeys, above);
        if (generation.Ranges.Uncounted.Count > 0)
            walk.Include(generation.Ranges.Uncounted, new GenerationEntries(generation.Sorted()));
        return walk;
    }

    /// <summary>What the keys resolved so far correct.</summary>
    public CountSums Sums { get; } = new();

    /// <summary>Has range tombstones counted too, after the keys.</summary>
    /// <param name="ranges">Those not counted yet; at least one.</param>
    /// <param name="own">The entries of the run or generation that they are of.</param>
    public void Include(KeyRanges ranges, EntrySource own) =>
        _ranges = new RangeWalk(ranges, own, _older, _above, Sums);

    /// <summary>Goes on as far as the blocks at hand allow.</summary>
    /// <param name="blocks">Where blocks come from; notes what is missing.</param>
    /// <param name="keysMax">How many keys to look at, at most.</param>
    public WalkState Go(BlockSource blocks, int keysMax = int.MaxValue)
    {
        _attempt++;
        bool isStalled = false;
        while (true)
        {
            isStalled = isStalled || !Fill(blocks, ref keysMax);
            int before = _used;
            _used = 0;
            for (int i = 0; i < before; i++)
                if (!TryResolve(blocks, ref _window[i])) Keep(i);
            if (_used == 0 && _hasEnded) return _ranges?.Go(blocks, keysMax) ?? WalkState.Done;
            if (keysMax <= 0) return WalkState.Paused;
            bool mayFill = _used < _window.Length && !_hasEnded && !isStalled;
            if (!mayFill) return WalkState.NeedsBlocks;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _keys.Dispose();
        _ranges?.Dispose();
        foreach (Run run in _older) run.Release();
    }

    // False when the keys themselves need a block.
    private bool Fill(BlockSource blocks, ref int keysMax)
    {
        while (_used < _window.Length && !_hasEnded && keysMax > 0)
        {
            CursorState state = _keys.MoveNext(blocks);
            if (state == CursorState.NeedsBlock) return false;
            _hasEnded = state == CursorState.End;
            if (_hasEnded) break;
            keysMax--;
            ReadOnlySpan<byte> key = _keys.Key;
            ulong hash = InternalKey.Hash(key);
            int first = IsRemovedAbove(key) ? _older.Length : NextCandidate(key, hash, 0);
            if (first == _older.Length)
            {
                Replaced(InternalKey.Keyspace(key), _keys.Tag, false, false);
                continue;
            }

            ref Item item = ref _window[_used++];
            if (item.Key is null || item.Key.Length < key.Length) item.Key = new byte[key.Length];
            key.CopyTo(item.Key);
            item.Length = key.Length;
            item.Hash = hash;
            item.Candidate = first;
            item.Tag = _keys.Tag;
            item.Attempt = 0;
        }

        return true;
    }

    private bool TryResolve(BlockSource blocks, ref Item item)
    {
        // What this attempt has asked for is not asked for again.
        if (item.Attempt == _attempt) return false;
        ReadOnlySpan<byte> key = item.Key.AsSpan(0, item.Length);
        for (; item.Candidate < _older.Length; item.Candidate = CandidateAfter(key, item))
        {
            Run run = _older[item.Candidate];
            if (!run.TryLocate(key, out BlockLocation location)) continue;
            if (!blocks.TryGet(run, location, out ReadOnlySpan<byte> block))
            {
                item.Attempt = _attempt;
                return false;
            }

            if (!BlockReader.TryFind(block, key, out RunEntry entry)) continue;
            bool existed = entry.Kind == RunEntryKind.Put;
            Replaced(InternalKey.Keyspace(key), item.Tag, existed, existed && entry.ExpireAt != 0);
            long nodes = LivingCollections.NodesAbout(entry);
            if (nodes != 0) Sums.Add(InternalKey.Keyspace(key) | Keyspaces.NodeBit, -nodes, 0);
            return true;
        }

        Replaced(InternalKey.Keyspace(key), item.Tag, false, false);
        return true;
    }

    private void Replaced(uint keyspace, uint tag, bool existed, bool expired)
    {
        Sums.Replaced(keyspace, existed, expired);
        _keys.Resolved(tag, existed, expired);
    }

    // In order; the buffers of keys that are done move to the end, for the next ones.
    private void Keep(int index)
    {
        if (index != _used) (_window[_used], _window[index]) = (_window[index], _window[_used]);
        _used++;
    }

    private int CandidateAfter(ReadOnlySpan<byte> key, in Item item) => _older[item.Candidate].Removes(key)
        ? _older.Length
        : NextCandidate(key, item.Hash, item.Candidate + 1);

    private int NextCandidate(ReadOnlySpan<byte> key, ulong hash, int from)
    {
        for (; from < _older.Length && !_older[from].MayContain(hash); from++)
            if (_older[from].Removes(key)) return _older.Length;
        return from;
    }

    private bool IsRemovedAbove(ReadOnlySpan<byte> key)
    {
        foreach (KeyRanges ranges in _above)
            if (ranges.Covers(key)) return true;
        return false;
    }

    /// <summary>A key under way.</summary>
    private struct Item
    {
        public byte[]? Key;
        public int Length;
        public ulong Hash;
        public int Candidate;
        public uint Tag;
        public int Attempt;
    }
}
