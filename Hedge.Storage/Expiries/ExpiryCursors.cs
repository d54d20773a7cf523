using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Expiries;

/// <summary>A walk over the expiry indices of a partition's runs in the order of time, which is read in the
/// background. Owned by the partition.</summary>
internal sealed class ExpiryCursors(PartitionState partition) : IDisposable
{
    private readonly List<RunCursor> _cursors = [];
    private bool _isOpen;
    private RunCursor? _first;

    /// <summary>The index key stood on; valid until the walk goes on.</summary>
    public ReadOnlySpan<byte> Key => _first!.Key;

    /// <summary>Stands on the earliest entry, at or after the time when the walk begins anew.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="from">Unix milliseconds.</param>
    /// <param name="waiter">Hears of the blocks that are read.</param>
    /// <param name="reading">Counts how many it will hear of.</param>
    /// <returns>False at the end, or when blocks must be read first.</returns>
    public bool TryFirst(CoreStorage core, long from, IBlockWaiter waiter, ref int reading)
    {
        if (!_isOpen) Open(core, from);
        _first = null;
        bool lacks = false;
        foreach (RunCursor cursor in _cursors)
        {
            if (cursor.State == CursorState.NeedsBlock && cursor.Resume() == CursorState.NeedsBlock)
            {
                lacks = true;
                if (core.Blocks.Cache.Load(cursor.Run, cursor.Needed, waiter)) reading++;
            }
            else if (cursor.State == CursorState.Ready
                && InternalKey.Keyspace(cursor.Key) == InternalKey.ExpiryKeyspace
                && (_first is null || cursor.Key.SequenceCompareTo(_first.Key) < 0)) _first = cursor;
        }

        return !lacks && _first is not null;
    }

    /// <summary>Leaves the entry stood on.</summary>
    public void MoveNext() => _first!.MoveNext();

    /// <summary>Begins anew at the next use: the partition has other runs.</summary>
    public void Reset()
    {
        foreach (RunCursor cursor in _cursors) cursor.Dispose();
        _cursors.Clear();
        _isOpen = false;
        _first = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private void Open(CoreStorage core, long from)
    {
        _isOpen = true;
        Span<byte> key = stackalloc byte[InternalKey.ExpiryPrefixBytes];
        InternalKey.WriteExpiry(key, from, 0, default);
        foreach (Run run in partition.Runs.Newest)
        {
            if (run.Info.ExpiryMax == 0 || run.Info.ExpiryMax < from) continue;
            RunCursor cursor = new(core.Blocks.Cache, run);
            cursor.Seek(key);
            _cursors.Add(cursor);
        }
    }
}
