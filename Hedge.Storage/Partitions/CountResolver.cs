using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Finds out what blind writes replaced, so that the key counts are exact: the record of such a write says
/// <see cref="RecordStates.CountPending"/>, and its generation is not installed before the runs have been
/// asked. Owned by the partition.
/// </summary>
/// <remarks>
/// A blind put counts for nothing until resolved, and then for one key if there was none. A blind removal
/// counts for one key less at once and is resolved in the same way.
/// </remarks>
internal sealed class CountResolver(Partition partition) : IBlockWaiter
{
    private const int ReadsMax = 256;
    private const int AskedPerCall = 1024;
    private const long RetryMilliseconds = 1000;

    private readonly Queue<(Generation Generation, uint Index)> _pending = new();
    private int _reading;
    private bool _hasFailed;
    private long _retryAt;

    /// <summary>Blind writes not resolved yet.</summary>
    public int Count => _pending.Count;

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        _reading--;
        _hasFailed |= !status.IsOk;
    }

    /// <summary>Notes a blind write that made this record.</summary>
    // SAFETY: the record was made just now by the write that is noted.
    public unsafe void Add(RecordHeader* record)
    {
        Generation active = partition.Memory.Active;
        active.CountsPending++;
        _pending.Enqueue((active, record->DirtyIndex));
    }

    /// <summary>Resolves what the blocks at hand allow. What is missing is noted by the source.</summary>
    /// <returns>True when nothing is pending any more.</returns>
    public bool Resolve(BlockSource blocks, int limit = AskedPerCall)
    {
        int round = Math.Min(_pending.Count, limit);
        for (int i = 0; i < round; i++)
        {
            (Generation generation, uint index) = _pending.Dequeue();
            if (TryResolve(blocks, generation, index)) generation.CountsPending--;
            else _pending.Enqueue((generation, index));
        }

        return _pending.Count == 0;
    }

    /// <summary>Resolves and reads in the background. The owner's tick.</summary>
    public void Tick(CoreStorage core)
    {
        if (_hasFailed) _retryAt = core.NowMilliseconds + RetryMilliseconds;
        _hasFailed = false;
        if (_pending.Count == 0 || _reading >= ReadsMax || core.NowMilliseconds < _retryAt) return;
        int before = core.Blocks.Misses;
        Resolve(core.Blocks, ReadsMax - _reading);
        _reading += core.Blocks.Load(this, before);
    }

    // SAFETY: a generation's list holds live records only, null where one was reclaimed.
    private unsafe bool TryResolve(BlockSource blocks, Generation generation, uint index)
    {
        RecordHeader* record = generation.Records[index];
        if (record == null || !partition.Keyspaces.IsLive(record->Keyspace)) return true;
        ReadOnlySpan<byte> key = RecordKeys.Key(record);
        RunAnswer answer = partition.Runs.Find(
            blocks, record->Keyspace, key, RecordTable.HashOf(record), out RunEntry entry);
        if (answer == RunAnswer.NotResident) return false;
        bool existed = answer == RunAnswer.Present;
        Apply(generation, record->Keyspace, existed ? 0 : 1, existed && entry.ExpireAt != 0 ? -1 : 0);
        RecordKeys.Clear(record, RecordStates.CountPending);
        return true;
    }

    // The counts taken down at the freeze of this and of later generations lacked the change too.
    private void Apply(Generation generation, uint keyspace, int keys, int expires)
    {
        partition.Keyspaces.Count(keyspace, keys, expires);
        bool counts = false;
        foreach (Generation frozen in partition.Memory.Frozen)
        {
            counts |= ReferenceEquals(frozen, generation);
            if (counts) frozen.Counts!.Count(keyspace, keys, expires);
        }
    }
}
