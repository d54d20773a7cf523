using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Partitions;

/// <summary>The runs of a partition, newest first. The list is replaced as a whole; it holds a reference to
/// each run.</summary>
internal sealed class RunSet
{
    private Run[] _runs = [];
    private uint[] _keyspaces = [];

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
    /// it.</summary>
    public RunAnswer Find(BlockSource blocks, uint keyspace, ReadOnlySpan<byte> key, ulong hash,
        out RunEntry entry)
    {
        entry = default;
        Run[] runs = _runs;
        RunAnswer answer = RunAnswer.Absent;
        ReadOnlySpan<byte> internalKey = default;
        int checks = 0, negatives = 0, wrong = 0;
        foreach (Run run in runs)
        {
            checks++;
            if (!run.MayContain(hash))
            {
                negatives++;
                continue;
            }

            wrong++;
            if (internalKey.IsEmpty)
            {
                Span<byte> scratch = blocks.KeyScratch.Span;
                internalKey = scratch[..InternalKey.Write(scratch, keyspace, key)];
            }

            if (!run.TryLocate(internalKey, out BlockLocation location)) continue;
            // Begun anew when the block is in: the filters are counted then.
            if (!blocks.TryGet(run, location, out ReadOnlySpan<byte> block)) return RunAnswer.NotResident;
            answer = RunAnswer.AbsentAfterSearch;
            if (!BlockReader.TryFind(block, internalKey, out entry)) continue;
            if (entry.Kind == RunEntryKind.Put) answer = RunAnswer.Present;
            wrong--;
            if (!entry.IsReference) break;
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
