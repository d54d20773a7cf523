using System.Runtime.CompilerServices;
using Hedge.Storage.Filters;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Lookups;

/// <summary>The runs of a partition, newest first. The list is replaced as a whole; it holds a reference to
/// each run.</summary>
internal sealed class RunSet
{
    private Run[] _runs = [];

    // The filters of the runs, side by side, and whether any run removes ranges of keys from older ones.
    private FilterProbe[] _filters = [];
    private bool _hasRanges;
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
        _filters = Array.ConvertAll(newestFirst, run => run.Probe);
        _hasRanges = Array.Exists(newestFirst, run => !run.Info.Ranges.IsEmpty);
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
    /// <param name="now">The time, for <see cref="ValuesToRead.Unexpired"/>.</param>
    public RunAnswer Find(BlockSource blocks, uint keyspace, ReadOnlySpan<byte> key, ulong hash,
        out RunEntry entry, ValuesToRead wish = ValuesToRead.Any, long now = 0)
    {
        entry = default;
        Run[] runs = _runs;
        RunAnswer answer = RunAnswer.Absent;
        if (runs.Length == 0) return answer;
        Span<byte> scratch = blocks.KeyScratch.Span;
        ReadOnlySpan<byte> internalKey = scratch[..InternalKey.Write(scratch, keyspace, key)];
        bool isLocated = blocks.Located.TryGet(
            runs, internalKey, hash, out int first, out BlockLocation location);
        int checks = first, negatives = first, wrong = 0;
        // Each filter is a miss of the processor's caches: better all at once than one after the other.
        if (!isLocated && runs.Length > 1) Prefetch(hash);
        for (int i = first; i < runs.Length; i++, isLocated = false)
        {
            checks++;
            if (!isLocated && !TryLocate(i, internalKey, hash, ref negatives, ref wrong, out location))
            {
                if (_hasRanges && runs[i].Removes(internalKey)) break;
                continue;
            }

            wrong++;
            Run run = runs[i];
            // Begun anew when the block is in: the filters are counted then.
            if (!blocks.TryGet(run, location, out ReadOnlySpan<byte> block))
            {
                if (wrong == 1) blocks.Located.Remember(runs, internalKey, hash, i, location);
                return RunAnswer.NotResident;
            }

            answer = RunAnswer.AbsentAfterSearch;
            if (!BlockReader.TryFind(block, internalKey, out entry))
            {
                if (run.Removes(internalKey)) break;
                continue;
            }

            if (entry.Kind == RunEntryKind.Put) answer = RunAnswer.Present;
            wrong--;
            bool isExpired = entry.ExpireAt != 0 && entry.ExpireAt <= now;
            if (!entry.IsReference || wish == ValuesToRead.None) break;
            if (wish == ValuesToRead.Unexpired && isExpired) break;
            ValueReference reference = ValueReference.Read(entry.Value);
            if (!blocks.TryGetValue(run, reference, out ReadOnlySpan<byte> value))
                return RunAnswer.NotResident;
            entry = entry with { Value = value, IsReference = false };
            break;
        }

        blocks.CountFilters(checks, negatives, wrong);
        return answer;
    }

    // False when the run cannot have the key; what its filter has said is counted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLocate(int run, ReadOnlySpan<byte> internalKey, ulong hash, ref int negatives,
        ref int wrong, out BlockLocation location)
    {
        location = default;
        if (!_filters[run].MayContain(hash))
        {
            negatives++;
            return false;
        }

        if (_runs[run].TryLocate(internalKey, out location)) return true;
        wrong++;
        return false;
    }

    /// <summary>Begins to load what the runs' filters say of a hash into the processor's cache.</summary>
    public void Prefetch(ulong hash)
    {
        foreach (FilterProbe filter in _filters) filter.Prefetch(hash);
    }

    /// <summary>Begins to load what tells where the newest run that may have a key has it.</summary>
    public void PrefetchPlace(ReadOnlySpan<byte> internalKey, ulong hash)
    {
        for (int i = 0; i < _filters.Length; i++)
        {
            if (!_filters[i].MayContain(hash)) continue;
            _runs[i].PrefetchPlace(internalKey);
            return;
        }
    }

    /// <summary>Gives all references back.</summary>
    public void Release()
    {
        foreach (Run run in _runs) run.Release();
        _runs = [];
        _filters = [];
    }
}
