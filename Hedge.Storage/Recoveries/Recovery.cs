using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;
using Hedge.Storage.Replays;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>Brings the partitions of a data directory to the state that the logs describe. Start-up only;
/// synchronous.</summary>
/// <remarks>
/// 1. Each partition's manifest is loaded and its runs are opened; files that no manifest names are deleted
///    (done earlier, by <see cref="PartitionFiles"/>).
/// 2. The ledgers (<see cref="LogLedger"/>) are read, and the writes that a killed process had no time for
///    are finished (<see cref="StagedWrites"/>). The log segments are synced: what is read next may be only
///    in the page cache, and must not vanish after something that depends on it has been flushed.
/// 3. A first pass over all logs finds each partition's cut (<see cref="LogRecovery"/>). When the ledgers
///    or the logs say that something durable is missing, the start fails, unless the options allow it to go
///    on without it.
/// 4. When space is short, the space of the stage files that step 2 has emptied is freed. A second pass
///    applies what is kept, each partition's operations in the order of its sequence. When a partition's
///    memtable is full, it is flushed (run, then manifest) before the pass goes on.
/// 5. Every partition with changes is flushed. But when space is short and nothing was dropped, the changes
///    stay in memory and the logs stay too (<see cref="RetainedLog"/>): a start needs no space. Then step 7
///    concerns only the other logs.
/// 6. What the archive does not have of the logs yet is copied there, if there is one.
/// 7. The ledgers say that nothing of the logs is needed. Then the old logs are deleted, oldest segments
///    first; a segment that runs refer to becomes a value file. Then the directory says which cores have a
///    ledger from now on, and which life it is: a new one when something was dropped. A crash anywhere
///    leaves the logs, and manifests that say how far each partition is flushed. The next recovery makes the
///    same cuts, skips what is flushed and goes on. New logs begin after step 7, so that a sequence number
///    that is given out again after a cut never meets the operation that was dropped.
/// </remarks>
internal sealed class Recovery : ILogReplayTarget
{
    /// <summary>True to go on in the same life after a loss, so that tests can show that they find the
    /// mistake.</summary>
    internal static bool KeepsLife { get; set; }

    // Space for runs and for what the server needs next: new segments, and room to merge runs from which
    // keys are deleted.
    private const int SpaceMultiple = 2;

    private readonly IDisk _disk;
    private readonly ValueFiles _values;
    private readonly IReadOnlyList<Partition> _partitions;
    private readonly PartitionReplay[] _replays;
    private bool _isShort;

    private Recovery(IDisk disk, IReadOnlyList<Partition> partitions, ValueFiles values, DiskBlocks blocks,
        LostChanges? lost)
    {
        _disk = disk;
        _values = values;
        _partitions = partitions;
        _replays = [.. partitions.Select(partition => new PartitionReplay(partition, blocks, lost))];
    }

    /// <summary>Steps 2 to 7. </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="partitions">Its partitions.</param>
    /// <param name="values">Its value files.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="sources">The time, and chance.</param>
    /// <param name="report">Gets the findings.</param>
    /// <returns>What is left to the new logs.</returns>
    /// <exception cref="IOException">The disk failed, or a file is damaged beyond what a crash
    /// explains.</exception>
    public static RecoveredLogs Run(IDisk disk, DataDirectory directory, IReadOnlyList<Partition> partitions,
        ValueFiles values, EngineOptions options, RecoverySources sources, RecoveryReport report)
    {
        using DiskBlocks blocks = new(disk);
        Recovery recovery = new(disk, partitions, values, blocks, options.LostChanges);
        return recovery.Run(directory, options, sources, report);
    }

    void ILogReplayTarget.Apply(in LogOperation operation)
    {
        Partition partition = _partitions[operation.Partition];
        _replays[operation.Partition].Apply(operation);
        long most = partition.Settings.MemtableBytes;
        // As much as one active and all frozen generations took before, since memory held all of them at
        // once.
        if (_isShort) most *= partition.Settings.FrozenGenerationsMax + 1;
        bool isFull = partition.Memory.Active.Bytes >= most;
        if (isFull) Flush(partition);
    }

    private RecoveredLogs Run(DataDirectory directory, EngineOptions options, RecoverySources sources,
        RecoveryReport report)
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
        // A flush may need as much space as the logs take.
        if (_disk.FreeBytes(directory.Path) < logBytes)
            StagedWrites.FreeSpace(_disk, directory.Path);
        _isShort = _disk.FreeBytes(directory.Path) < SpaceMultiple * logBytes
            && damages.Count == 0 && plan.OperationsDropped == 0
            && catalog.Cores.All(core => core[0].Core < Math.Min(options.Cores, directory.Ledgers));
        report.Logs = catalog.Cores.Count;
        report.WasClosed = ends.TrueForAll(end => end.IsSealed);
        report.Records = plan.Records;
        report.OperationsDropped = plan.OperationsDropped;
        report.TornBytes = ends.Sum(end => end.DroppedBytes);
        report.OperationsApplied = LogReplay.Apply(_disk, catalog, plan, this, [.. damages]);
        RecoveredLogs left = new(catalog.NextNumber);
        if (_isShort) Retain(catalog, directory, plan, ends, left, report);
        else
        {
            foreach (Partition partition in _partitions)
                if (partition.Flusher.HasChanges) Flush(partition);
        }

        if (options.ArchiveDirectory is { } archive)
        {
            report.ArchiveProblem = LogEnds.Archive(_disk, catalog, ends,
                new ArchiveFolder(archive, directory.Life), sources.Clock.UnixMilliseconds);
        }

        // What was dropped keeps its sequence numbers, which are given out again.
        bool isWhole = KeepsLife || (report.OperationsDropped == 0 && report.OperationsLost == 0);
        UInt128 life = isWhole ? directory.Life : new UInt128(sources.Seed.Next(), sources.Seed.Next());
        GiveUp(catalog, directory, options.Cores, life, ends, left);
        return left;
    }

    private void Retain(LogCatalog catalog, DataDirectory directory, LogRecoveryPlan plan,
        List<LogEnd> ends, RecoveredLogs left, RecoveryReport report)
    {
        if (!_partitions.Any(partition => partition.Flusher.HasChanges)) return;
        ulong[] highest = [.. _partitions.Select(partition => plan.Cut(partition.Index))];
        foreach (LogEnd end in ends)
        {
            left.Add(RetainedLog.Retain(_disk, directory.Path, catalog.Retain(end.Core),
                IdentityOf(directory, end.Core), end, highest));
            report.LogsRetained++;
        }

        foreach (Partition partition in _partitions) Evict(partition);
    }

    private void GiveUp(LogCatalog catalog, DataDirectory directory, int cores, UInt128 life,
        List<LogEnd> ends, RecoveredLogs left)
    {
        for (int core = 0; core < Math.Max(cores, directory.Ledgers); core++)
        {
            if (left.Retained(core) is null)
                LogLedger.Reset(_disk, directory.Path, IdentityOf(directory, core), catalog.NextNumber);
        }

        catalog.DeleteAll(_disk, _values, ends);
        int before = directory.Ledgers;
        directory.Set(_disk, cores, life);
        for (int core = cores; core < before; core++) _disk.Delete(LogLedger.PathOf(directory.Path, core));
        StagedWrites.DeleteBeyond(_disk, directory.Path, cores);
    }

    private static LedgerIdentity IdentityOf(DataDirectory directory, int core) =>
        new(directory.Id, core, directory.Partitions);

    // Refuses the start and names the first damage and how much would be lost. If the options allow the
    // loss, reports how much is lost.
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
            $"{first.Reason}{others}; {count} logged operations are lost with it. To start "
            + "without them, set log-load-truncated to yes");
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
        Evict(partition);
    }

    private static void Evict(Partition partition)
    {
        while (!partition.Reclaimer.Evict())
        {
        }
    }
}
