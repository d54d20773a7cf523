using Hedge.Storage.Logs;

namespace Hedge.Storage.Replays;

/// <summary>
/// Decides which records of the logs are applied after a crash. It is pure: it takes the records' parts and
/// what is flushed, and returns each partition's cut.
/// </summary>
/// <remarks>
/// 1. While records are added, consecutive numbers become ranges. Records with several parts are kept too.
/// 2. A partition's cut is the end of the gapless sequence after its flushed number.
/// 3. A record with several parts is dropped when one of them is beyond its partition's cut: the other
///    partitions' cuts go back to before its parts. This repeats until nothing changes; each record is
///    dropped at most once.
/// </remarks>
public sealed class LogRecovery
{
    private readonly ulong[] _flushed;
    private readonly List<(ulong First, ulong Last)>[] _ranges;
    private readonly Dictionary<(int Log, int Partition), int> _open = [];
    private readonly List<LogPart[]> _joint = [];
    private long _records;

    /// <summary>Starts a plan.</summary>
    /// <param name="flushedSequencePerPartition">By partition, the highest number whose effect is in
    /// runs.</param>
    public LogRecovery(ReadOnlySpan<ulong> flushedSequencePerPartition)
    {
        _flushed = flushedSequencePerPartition.ToArray();
        _ranges = new List<(ulong, ulong)>[_flushed.Length];
        for (int i = 0; i < _ranges.Length; i++) _ranges[i] = [];
    }

    /// <summary>Adds a record. The caller adds a log's records in the log's order.</summary>
    /// <param name="log">The log's core.</param>
    /// <param name="parts">The record's parts.</param>
    public void Add(int log, ReadOnlySpan<LogPart> parts)
    {
        _records++;
        foreach (LogPart part in parts)
        {
            List<(ulong First, ulong Last)> ranges = _ranges[part.Partition];
            if (_open.TryGetValue((log, part.Partition), out int index)
                && ranges[index].Last + 1 == part.First)
                ranges[index] = (ranges[index].First, part.Last);
            else
            {
                _open[(log, part.Partition)] = ranges.Count;
                ranges.Add((part.First, part.Last));
            }
        }

        if (parts.Length > 1) _joint.Add(parts.ToArray());
    }

    /// <summary>Computes the cuts.</summary>
    public LogRecoveryPlan Plan()
    {
        ulong[] cuts = new ulong[_flushed.Length];
        ulong[] highest = new ulong[_flushed.Length];
        for (int partition = 0; partition < cuts.Length; partition++)
        {
            List<(ulong First, ulong Last)> ranges = _ranges[partition];
            ranges.Sort();
            ulong cut = _flushed[partition];
            foreach ((ulong first, ulong last) in ranges)
            {
                if (first > cut + 1) break;
                cut = Math.Max(cut, last);
            }

            cuts[partition] = cut;
            if (ranges.Count > 0) highest[partition] = ranges.Max(range => range.Last);
        }

        string? contradiction = null;
        long dropped = DropJoint(cuts, ref contradiction);
        return new LogRecoveryPlan(_flushed, cuts, highest)
        {
            Records = _records,
            JointRecordsDropped = dropped,
            OperationsDropped = CountBeyond(cuts),
            Contradiction = contradiction,
        };
    }

    // By partition, the parts of records with several parts stand in order. A lowered cut drops them from
    // the highest down.
    private long DropJoint(ulong[] cuts, ref string? contradiction)
    {
        List<(ulong Last, int Record)>[] parts = new List<(ulong, int)>[cuts.Length];
        for (int i = 0; i < parts.Length; i++) parts[i] = [];
        for (int record = 0; record < _joint.Count; record++)
            foreach (LogPart part in _joint[record]) parts[part.Partition].Add((part.Last, record));
        Queue<int> changed = new();
        for (int partition = 0; partition < cuts.Length; partition++)
        {
            parts[partition].Sort();
            changed.Enqueue(partition);
        }

        bool[] isDropped = new bool[_joint.Count];
        long dropped = 0;
        while (changed.TryDequeue(out int partition))
        {
            List<(ulong Last, int Record)> own = parts[partition];
            while (own.Count > 0 && own[^1].Last > cuts[partition])
            {
                int record = own[^1].Record;
                own.RemoveAt(own.Count - 1);
                if (isDropped[record]) continue;
                isDropped[record] = true;
                dropped++;
                foreach (LogPart part in _joint[record])
                {
                    if (part.Last <= _flushed[part.Partition])
                    {
                        contradiction ??= $"a record has its part {part.First}..{part.Last} of partition "
                            + $"{part.Partition} in runs and a part of partition {partition} "
                            + "beyond what is there";
                    }

                    ulong before = Math.Max(part.First - 1, _flushed[part.Partition]);
                    if (before >= cuts[part.Partition]) continue;
                    cuts[part.Partition] = before;
                    changed.Enqueue(part.Partition);
                }
            }
        }

        return dropped;
    }

    private long CountBeyond(ulong[] cuts)
    {
        long count = 0;
        for (int partition = 0; partition < cuts.Length; partition++)
        {
            foreach ((ulong first, ulong last) in _ranges[partition])
                if (last > cuts[partition]) count += (long)(last - Math.Max(first - 1, cuts[partition]));
        }

        return count;
    }
}

/// <summary>
/// What a recovery applies: of each partition the numbers after Flushed, up to and including the cut.
/// </summary>
public sealed class LogRecoveryPlan
{
    private readonly ulong[] _flushed;
    private readonly ulong[] _cuts;
    private readonly ulong[] _highest;

    internal LogRecoveryPlan(ulong[] flushed, ulong[] cuts, ulong[] highest)
    {
        _flushed = flushed;
        _cuts = cuts;
        _highest = highest;
    }

    /// <summary>Records read.</summary>
    public long Records { get; init; }

    /// <summary>Records with several parts that are dropped.</summary>
    public long JointRecordsDropped { get; init; }

    /// <summary>Operations dropped, in all.</summary>
    public long OperationsDropped { get; init; }

    /// <summary>Not null when runs already hold a part of a record that must be dropped. No crash leaves a
    /// data directory like that, and it must not be used.</summary>
    public string? Contradiction { get; init; }

    /// <summary>The number of partitions.</summary>
    public int Partitions => _cuts.Length;

    /// <summary>The highest number of the partition that is kept.</summary>
    public ulong Cut(int partition) => _cuts[partition];

    /// <summary>The highest number of the partition that was read; 0 for none.</summary>
    public ulong Highest(int partition) => _highest[partition];

    /// <summary>The highest number of the partition that was in runs before.</summary>
    public ulong Flushed(int partition) => _flushed[partition];

    /// <summary>True when the operation must be applied: it is kept, and not in runs already.</summary>
    public bool Applies(int partition, ulong sequence) =>
        sequence > _flushed[partition] && sequence <= _cuts[partition];
}
