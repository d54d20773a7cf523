using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Partitions;

/// <summary>The runs of a partition, newest first. The list is replaced as a whole; it holds a reference to
/// each run.</summary>
internal sealed class RunSet
{
    private Run[] _runs = [];
    private uint[] _keyspaces = [];

    /// <summary>Bytes of the files.</summary>
    public long FileBytes
    {
        get
        {
            long bytes = 0;
            foreach (Run run in Newest) bytes += run.Info.FileBytes;
            return bytes;
        }
    }

    /// <summary>The runs, newest first.</summary>
    public ReadOnlySpan<Run> Newest => _runs;

    /// <summary>Counts up with every exchange of runs.</summary>
    public int Version { get; private set; }

    /// <summary>What the filters of some runs hold.</summary>
    public static FilterLoad[] FiltersOf(Run[] runs) => Array.ConvertAll(runs, run => run.Filter);

    /// <summary>Takes a new list; the references of runs that are in it pass to the set, runs no longer in it
    /// are the caller's to release.</summary>
    public void Replace(Run[] newestFirst)
    {
        _runs = newestFirst;
        HashSet<uint> keyspaces = [];
        foreach (Run run in newestFirst)
            foreach (KeyspaceCount count in run.Info.Keyspaces) keyspaces.Add(count.Keyspace);
        _keyspaces = [.. keyspaces];
        Version++;
    }

    /// <summary>False when no run has an entry of the keyspace.</summary>
    public bool MayHold(uint keyspace) => _keyspaces.AsSpan().Contains(keyspace);

    /// <summary>Entries of a keyspace in all runs.</summary>
    public long EntriesOf(uint keyspace)
    {
        long entries = 0;
        foreach (Run run in _runs)
        {
            foreach (KeyspaceCount count in run.Info.Keyspaces)
                if (count.Keyspace == keyspace) entries += count.Puts + count.Tombstones;
        }

        return entries;
    }

    /// <summary>Asks the runs for a key: filters first, then one block of each run that may have
    /// it, then for the value, if the entry refers to it.</summary>
    /// <param name="blocks">Where blocks and values come from.</param>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="entry">What a run says; a reference when the value is not wanted.</param>
    /// <param name="wish">Which values referred to are wanted.</param>
    /// <param name="now">The time, for <see cref="ValueWish.Unexpired"/>.</param>
    public RunAnswer Find(BlockSource blocks, uint keyspace, ReadOnlySpan<byte> key, ulong hash,
        out RunEntry entry, ValueWish wish = ValueWish.Any, long now = 0)
    {
        entry = default;
        Run[] runs = _runs;
        RunAnswer answer = RunAnswer.Absent;
        ReadOnlySpan<byte> internalKey = default;
        int checks = 0, negatives = 0, wrong = 0;
        // Each filter is a miss of the processor's caches: better all at once than one after the other.
        if (runs.Length > 1)
            foreach (Run run in runs) run.Prefetch(hash);
        foreach (Run run in runs)
        {
            checks++;
            bool mayContain = run.MayContain(hash);
            if (internalKey.IsEmpty && (mayContain || !run.Info.Ranges.IsEmpty))
            {
                Span<byte> scratch = blocks.KeyScratch.Span;
                internalKey = scratch[..InternalKey.Write(scratch, keyspace, key)];
            }

            if (!mayContain)
            {
                negatives++;
                if (run.Removes(internalKey)) break;
                continue;
            }

            wrong++;
            if (!run.TryLocate(internalKey, out BlockLocation location))
            {
                if (run.Removes(internalKey)) break;
                continue;
            }

            // Begun anew when the block is in: the filters are counted then.
            if (!blocks.TryGet(run, location, out ReadOnlySpan<byte> block)) return RunAnswer.NotResident;
            answer = RunAnswer.AbsentAfterSearch;
            if (!BlockReader.TryFind(block, internalKey, out entry))
            {
                if (run.Removes(internalKey)) break;
                continue;
            }

            if (entry.Kind == RunEntryKind.Put) answer = RunAnswer.Present;
            wrong--;
            bool isExpired = entry.ExpireAt != 0 && entry.ExpireAt <= now;
            if (!entry.IsReference || wish == ValueWish.None) break;
            if (wish == ValueWish.Unexpired && isExpired) break;
            ValueReference reference = ValueReference.Read(entry.Value);
            if (!blocks.TryGetValue(run, reference, out ReadOnlySpan<byte> value))
                return RunAnswer.NotResident;
            entry = entry with { Value = value, IsReference = false };
            break;
        }

        blocks.CountFilters(checks, negatives, wrong);
        return answer;
    }

    /// <summary>Gives all references back.</summary>
    public void Release()
    {
        foreach (Run run in _runs) run.Release();
        _runs = [];
    }
}
