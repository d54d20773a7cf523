using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>Brings the partitions of a data directory to where the logs left them. Start-up only;
/// synchronous.</summary>
/// <remarks>
/// 1. Each partition's manifest is loaded and its runs are opened; files that no manifest names are deleted
///    (done before, by <see cref="PartitionFiles"/>).
/// 2. The log segments found are synced: what is read next may be in the page cache only, and must not vanish
///    after something that depends on it has been flushed.
/// 3. A first pass over all logs finds each partition's cut (<see cref="LogRecovery"/>).
/// 4. A second pass applies what is kept, every partition's operations in the order of its sequence. A
///    partition whose memtable is full meanwhile is flushed: run, manifest, then on.
/// 5. Every partition with changes is flushed.
/// 6. The old logs are deleted, oldest segments first; what runs refer to becomes a value file.
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
    /// <exception cref="IOException">The disk failed, or a file is damaged beyond what a crash
    /// explains.</exception>
    public static ulong Run(IDisk disk, string directory, IReadOnlyList<Partition> partitions,
        ValueFiles values, RecoveryReport report)
    {
        using DiskBlocks blocks = new(disk);
        return new Recovery(disk, partitions, values, blocks).Run(directory, report);
    }

    void ILogReplayTarget.Apply(in LogOperation operation)
    {
        Partition partition = _partitions[operation.Partition];
        _replays[operation.Partition].Apply(operation);
        bool isFull = partition.Memory.Active.Bytes >= partition.Settings.MemtableBytes;
        if (isFull) Flush(partition);
    }

    private ulong Run(string directory, RecoveryReport report)
    {
        LogCatalog catalog = LogCatalog.Open(_disk, directory);
        SyncSegments(catalog);
        ulong[] flushed = new ulong[_partitions.Count];
        for (int i = 0; i < flushed.Length; i++) flushed[i] = _partitions[i].Sequence;
        List<LogEnd> ends = [];
        LogRecoveryPlan plan = LogReplay.Plan(_disk, catalog, flushed, ends);
        report.Logs = catalog.Cores.Count;
        report.WasClosed = ends.TrueForAll(end => end.IsSealed);
        report.Records = plan.Records;
        report.OperationsDropped = plan.OperationsDropped;
        report.TornBytes = ends.Sum(end => end.DroppedBytes);
        report.OperationsApplied = LogReplay.Apply(_disk, catalog, plan, this);
        foreach (Partition partition in _partitions)
            if (partition.Flusher.HasChanges) Flush(partition);
        catalog.DeleteAll(_disk, _values, ends);
        return catalog.NextNumber;
    }

    private void SyncSegments(LogCatalog catalog)
    {
        foreach (IReadOnlyList<LogSegmentFile> core in catalog.Cores)
        {
            foreach (LogSegmentFile segment in core)
            {
                using DiskFile file = _disk.Open(segment.Path, DiskOpenMode.ReadWrite);
                _disk.Sync(file);
            }
        }

        if (catalog.Cores.Count > 0) _disk.SyncDirectory(catalog.Directory);
    }

    private static void Flush(Partition partition)
    {
        partition.Flusher.FlushNow();
        while (!partition.Evictor.Evict())
        {
        }
    }
}
