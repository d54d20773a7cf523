using Hedge.Host.Declarations;

namespace Hedge.Host.Statistics;

/// <summary>The cores' statistics, and their sums.</summary>
public sealed class ServerStatistics
{
    private readonly CoreStatistics[] _cores;
    private long _slowLogId = -1;
    private long _snapshotsWantedUntil;
    private long _peakMemoryBytes;

    internal ServerStatistics(int cores, CommandTable commands)
    {
        _cores = new CoreStatistics[cores];
        for (int i = 0; i < cores; i++) _cores[i] = new CoreStatistics(commands);
    }

    /// <summary>One per core, by the core's number.</summary>
    public IReadOnlyList<CoreStatistics> Cores => _cores;

    /// <summary>The highest value of used_memory seen by INFO and MEMORY.</summary>
    internal long PeakMemoryBytes => Volatile.Read(ref _peakMemoryBytes);

    /// <summary>A core's statistics.</summary>
    internal CoreStatistics this[int core] => _cores[core];

    /// <summary>The sum of one counter over all cores.</summary>
    internal long Sum(Func<CoreStatistics, long> counter)
    {
        long sum = 0;
        foreach (CoreStatistics core in _cores) sum += counter(core);
        return sum;
    }

    /// <summary>The largest value of one counter over all cores.</summary>
    internal long Max(Func<CoreStatistics, long> counter)
    {
        long max = 0;
        foreach (CoreStatistics core in _cores) max = Math.Max(max, counter(core));
        return max;
    }

    /// <summary>used_memory when the server began to listen.</summary>
    internal long StartupMemoryBytes { get; set; }

    /// <summary>The managed heap. The runtime's own total counts what it only reserves for new objects, so
    /// what was committed at the last collection is the limit.</summary>
    internal static long ManagedBytes()
    {
        long total = GC.GetTotalMemory(forceFullCollection: false);
        long committed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        return committed > 0 ? Math.Min(total, committed) : total;
    }

    /// <summary>The memory in use by the cores' data and buffers and the managed heap; never more than is
    /// resident.</summary>
    internal long UsedMemoryBytes()
    {
        long used = Math.Min(Environment.WorkingSet, Sum(c => c.Counters.MemoryBytes) + ManagedBytes());
        if (used > PeakMemoryBytes) Volatile.Write(ref _peakMemoryBytes, used);
        return used;
    }

    /// <summary>One command's figures over all cores.</summary>
    internal CommandFigures Sum(Command command)
    {
        var sum = new CommandFigures(new LatencySplit());
        foreach (CoreStatistics core in _cores) sum.Add(core.Of(command));
        return sum;
    }

    /// <summary>Where the time of each command family goes, over all cores.</summary>
    internal SortedDictionary<string, LatencySplit> Families()
    {
        var sums = new SortedDictionary<string, LatencySplit>(StringComparer.Ordinal);
        foreach (CoreStatistics core in _cores)
        {
            foreach ((string family, LatencySplit split) in core.Families)
            {
                if (!sums.TryGetValue(family, out LatencySplit? sum)) sums[family] = sum = new LatencySplit();
                sum.Add(split);
            }
        }

        return sums;
    }

    /// <summary>Error replies by code, over all cores.</summary>
    internal SortedDictionary<string, long> Errors()
    {
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (CoreStatistics core in _cores) core.Errors.AddTo(sums);
        return sums;
    }

    /// <summary>All cores' slow commands, newest first, at most <paramref name="lengthMax"/> (all cores
    /// held).</summary>
    internal IReadOnlyList<SlowLogEntry> SlowCommands(int lengthMax) =>
        [.. _cores.SelectMany(c => c.SlowLog.Entries).OrderByDescending(e => e.Id).Take(lengthMax)];

    /// <summary>All cores' latency events, by kind (all cores held).</summary>
    internal SortedDictionary<string, LatencySeries> LatencyEvents()
    {
        var kinds = _cores.SelectMany(c => c.Latency.Events).GroupBy(e => e.Key, e => e.Value);
        return new(kinds.ToDictionary(g => g.Key, LatencySeries.Merge), StringComparer.Ordinal);
    }

    /// <summary>Until when the cores take snapshots of what only they may read, Unix milliseconds. Any
    /// thread.</summary>
    internal long SnapshotsWantedUntil
    {
        get => Volatile.Read(ref _snapshotsWantedUntil);
        set => Volatile.Write(ref _snapshotsWantedUntil, value);
    }

    /// <summary>The next number of a slow log entry; any core.</summary>
    internal long NextSlowLogId() => Interlocked.Increment(ref _slowLogId);

    /// <summary>The number of the last one; -1 before the first.</summary>
    internal long LastSlowLogId => Volatile.Read(ref _slowLogId);

    /// <summary>CONFIG RESETSTAT (all cores held).</summary>
    internal void Reset()
    {
        foreach (CoreStatistics core in _cores) core.Reset();
        Volatile.Write(ref _peakMemoryBytes, 0);
    }
}
