using Hedge.Storage.Io;
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
    /// <summary>Blind writes looked up at once: their blocks stay in the cache until they are used.</summary>
    private const int AskedMax = 32;

    /// <summary>Blind writes resolved per call when no reads are needed.</summary>
    private const int PerCallMax = 4096;
    private const long RetryMilliseconds = 1000;

    private readonly Queue<(Generation Generation, uint Index)> _pending = new();
    private readonly List<(Generation Generation, uint Index)> _asked = [];
    private CoreStorage? _reader;
    private int _reading;
    private bool _hasFailed;
    private long _retryAt;

    /// <summary>Blind writes not resolved yet.</summary>
    public int Count => _pending.Count + _asked.Count;

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        if (!status.IsOk)
        {
            _hasFailed = true;
            EngineShared shared = partition.Settings.Shared;
            string reason = status.Errno == 0
                ? "it is damaged"
                : $"errno {status.Errno} ({Errno.Describe(status.Errno)})";
            IOException failure = new($"a block of {run.File.Path} could not be read: {reason}");
            shared.Failures.Report(partition.Index, shared.Checkpoint, failure);
        }

        if (--_reading == 0) _reader!.WantTick(partition);
    }

    /// <summary>Notes a blind write that made this record.</summary>
    // SAFETY: the record was made just now by the write that is noted.
    public unsafe void Add(RecordHeader* record)
    {
        Generation active = partition.Memory.Active;
        active.CountsPending++;
        _pending.Enqueue((active, record->DirtyIndex));
    }

    /// <summary>
    /// Resolves what the blocks at hand allow, oldest first. What is missing for the next few is noted by the
    /// source; the same few are asked for again until they are resolved, so that a small cache serves any
    /// number.
    /// </summary>
    /// <returns>True when nothing is pending any more.</returns>
    public bool Resolve(BlockSource blocks)
    {
        for (int resolved = 0; resolved < PerCallMax; resolved++)
        {
            while (_asked.Count < AskedMax && _pending.TryDequeue(out var next)) _asked.Add(next);
            int before = _asked.Count;
            for (int i = before - 1; i >= 0; i--)
            {
                (Generation generation, uint index) = _asked[i];
                if (!TryResolve(blocks, generation, index)) continue;
                generation.CountsPending--;
                _asked[i] = _asked[^1];
                _asked.RemoveAt(_asked.Count - 1);
            }

            if (_asked.Count == before || Count == 0) break;
        }

        return Count == 0;
    }

    /// <summary>Resolves and reads in the background. The owner's tick, and again as soon as what it read is
    /// in.</summary>
    public void Tick(CoreStorage core)
    {
        if (_hasFailed) _retryAt = core.NowMilliseconds + RetryMilliseconds;
        _hasFailed = false;
        if (Count == 0 || _reading > 0 || core.NowMilliseconds < _retryAt) return;
        int before = core.Blocks.Misses;
        bool isDone = Resolve(core.Blocks);
        _reader = core;
        _reading = core.Blocks.Load(this, before);
        if (!isDone && _reading == 0) core.WantTick(partition);
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
