using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>Brings the partitions of a data directory to where the logs left them. Start-up only;
/// synchronous.</summary>
/// <remarks>
/// 1. Each partition's manifest is loaded and its runs are opened; files that no manifest names are deleted
///    (done before, by <see cref="PartitionFiles"/>).
/// 2. The ledgers (<see cref="LogLedger"/>) are read, and what a killed process had no time to write is
///    written (<see cref="StagedWrites"/>). The log segments found are synced: what is read next may be in
///    the page cache only, and must not vanish after something that depends on it has been flushed.
/// 3. A first pass over all logs finds each partition's cut (<see cref="LogRecovery"/>). When the ledgers or
///    the logs themselves say that something which was durable is missing, this is the end, unless the
///    options allow to go on with what is there.
/// 4. Where space is short, the stage files that step 2 has emptied give theirs up. A second pass applies
///    what is kept, every partition's operations in the order of its sequence. A partition whose memtable is
///    full meanwhile is flushed: run, manifest, then on.
/// 5. Every partition with changes is flushed.
/// 6. The ledgers say that nothing of the logs is needed; then the old logs are deleted, oldest segments
///    first; what runs refer to becomes a value file. Then the directory says which cores have a ledger from
///    now on.
/// A crash anywhere leaves manifests that say up to where each partition is flushed, and the logs; the next
/// recovery makes the same cuts, skips what is flushed and goes on. New logs begin after step 6, so that
/// sequence numbers given out again after a cut never meet the operations that were dropped.
/// </remarks>
internal sealed class Recovery : ILogReplayTarget
{
    private readonly IDisk _disk;
    private readonly ValueFiles _values;
    private readonly IReadOnlyList<Partition> _partitions;
    private readonly PartitionReplay[] _replays;

    private Recovery(IDisk disk, IReadOnlyList<Partition> partitions, ValueFiles values, DiskBlocks blocks)
    {
        _disk = disk;
        _values = values;
        _partitions = partitions;
        _replays = [.. partitions.Select(partition => new PartitionReplay(partition, blocks))];
    }

    /// <summary>Steps 2 to 6. Returns the first number of new log segments.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="partitions">Its partitions.</param>
    /// <param name="values">Its value files.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="report">Gets what was found.</param>
    /// <exception cref="IOException">The disk failed, or a file is damaged beyond what a crash
    /// explains.</exception>
    public static ulong Run(IDisk disk, DataDirectory directory, IReadOnlyList<Partition> partitions,
        ValueFiles values, EngineOptions options, RecoveryReport report)
    {
        using DiskBlocks blocks = new(disk);
        return new Recovery(disk, partitions, values, blocks).Run(directory, options, report);
    }

    void ILogReplayTarget.Apply(in LogOperation operation)
    {
        Partition partition = _partitions[operation.Partition];
        _replays[operation.Partition].Apply(operation);
        bool isFull = partition.Memory.Active.Bytes >= partition.Settings.MemtableBytes;
        if (isFull) Flush(partition);
    }

    private ulong Run(DataDirectory directory, EngineOptions options, RecoveryReport report)
    {
        LogCatalog catalog = LogCatalog.Open(_disk, directory.Path);
        List<LogException> damages = [];
        catalog.ReadLedgers(_disk, directory.Path, Enumerable.Range(0, directory.Ledgers)
            .Select(core => IdentityOf(directory, core)), damages);
        report.StagedBytes = StagedWrites.Finish(_disk, directory.Path, options.LoadsTruncatedLog,
            catalog.CoresNeedingStage(_disk.BootId));
        long logBytes = SyncSegments(catalog);
        ulong[] flushed = new ulong[_partitions.Count];
        for (int i = 0; i < flushed.Length; i++) flushed[i] = _partitions[i].Sequence;
        List<LogEnd> ends = [];
        LogRecoveryPlan plan = LogReplay.Plan(_disk, catalog, flushed, ends, damages);
        foreach (Partition partition in _partitions)
            foreach (Run run in partition.Runs.Newest)
                foreach (ValueFileUse use in run.Info.Values) catalog.CheckReach(use, ends, damages);
        if (damages.Count > 0) Judge(catalog, plan, damages, options, report);
        else if (plan.Contradiction is not null)
            throw new LogException(LogProblem.Corrupt, catalog.Directory, 0, plan.Contradiction);
        catalog.DeleteLeftovers(_disk);
        // What is flushed now may need as much space as the logs have.
        if (_disk.FreeBytes(directory.Path) < logBytes)
            StagedWrites.FreeSpace(_disk, directory.Path);
        report.Logs = catalog.Cores.Count;
        report.WasClosed = ends.TrueForAll(end => end.IsSealed);
        report.Records = plan.Records;
        report.OperationsDropped = plan.OperationsDropped;
        report.TornBytes = ends.Sum(end => end.DroppedBytes);
        report.OperationsApplied = LogReplay.Apply(_disk, catalog, plan, this, [.. damages]);
        foreach (Partition partition in _partitions)
            if (partition.Flusher.HasChanges) Flush(partition);
        GiveUp(catalog, directory, options.Cores, ends);
        return catalog.NextNumber;
    }

    private void GiveUp(LogCatalog catalog, DataDirectory directory, int cores, List<LogEnd> ends)
    {
        for (int core = 0; core < Math.Max(cores, directory.Ledgers); core++)
        {
            LogLedger.Reset(_disk, directory.Path, IdentityOf(directory, core), catalog.NextNumber);
        }

        catalog.DeleteAll(_disk, _values, ends);
        int before = directory.Ledgers;
        directory.SetLedgers(_disk, cores);
        for (int core = cores; core < before; core++) _disk.Delete(LogLedger.PathOf(directory.Path, core));
        StagedWrites.DeleteBeyond(_disk, directory.Path, cores);
    }

    private static LedgerIdentity IdentityOf(DataDirectory directory, int core) =>
        new(directory.Id, core, directory.Partitions);

    // Refuses the start with the first thing that is wrong, and says how much would be lost; or says how much
    // is.
    private void Judge(LogCatalog catalog, LogRecoveryPlan plan, List<LogException> damages,
        EngineOptions options, RecoveryReport report)
    {
        long lost = 0;
        for (int i = 0; i < _partitions.Count; i++)
        {
            ulong highest = Math.Max(plan.Highest(i), catalog.HighestOf(i));
            if (highest > plan.Cut(i)) lost += (long)(highest - plan.Cut(i));
        }

        report.OperationsLost = lost;
        report.Damages = [.. damages.Select(damage => damage.Message)];
        if (options.LoadsTruncatedLog) return;
        LogException first = damages[0];
        string others = damages.Count > 1 ? $" ({damages.Count - 1} more such problems)" : "";
        string count = catalog.KnowsEnds ? $"{lost}" : $"at least {lost}";
        throw new LogException(first.Problem, first.Path, first.Offset,
            $"{first.Reason}{others}; without it {count} operations that were logged are lost. To start "
            + "with what is there, set log-load-truncated to yes");
    }

    // Returns the bytes of all segments.
    private long SyncSegments(LogCatalog catalog)
    {
        long bytes = 0;
        foreach (IReadOnlyList<LogSegmentFile> core in catalog.Cores)
        {
            foreach (LogSegmentFile segment in core)
            {
                using DiskFile file = _disk.Open(segment.Path, DiskOpenMode.ReadWrite);
                _disk.Sync(file);
                bytes += _disk.Length(file);
            }
        }

        if (catalog.Cores.Count > 0) _disk.SyncDirectory(catalog.Directory);
        return bytes;
    }

    private static void Flush(Partition partition)
    {
        partition.Flusher.FlushNow();
        while (!partition.Evictor.Evict())
        {
        }
    }
}
