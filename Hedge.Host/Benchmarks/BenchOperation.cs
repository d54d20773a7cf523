using Hedge.Storage.Logs;
using Hedge.Storage.Lookups;

namespace Hedge.Host.Benchmarks;

/// <summary>One operation of a core, from its making to its end; pooled by the core.</summary>
internal sealed class BenchOperation(BenchCore core, Memory<byte> key) : MissWaiter
{
    /// <summary>What it does.</summary>
    public OperationKind Kind { get; set; }

    /// <summary>Its key's id.</summary>
    public ulong Id { get; set; }

    /// <summary>Its key.</summary>
    public Span<byte> Key => key.Span;

    /// <summary>The key's hash.</summary>
    public ulong Hash { get; set; }

    /// <summary>The key's partition.</summary>
    public int Partition { get; set; }

    /// <summary>The other ids of its batch, with their partitions.</summary>
    public List<(ulong Id, int Partition)> More { get; } = [];

    /// <summary>Operations that it stands for: those of its batch.</summary>
    public int Writes => 1 + More.Count;

    /// <summary>When it began, in ticks of the stopwatch.</summary>
    public long Started { get; set; }

    /// <summary>True when it has had to wait for something.</summary>
    public bool HasWaited { get; set; }

    /// <summary>Where its change ends in the log, while it waits for that to be synced.</summary>
    public LogPosition LogEnd { get; set; }

    /// <summary>Where its scan stands.</summary>
    public ScanProgress Scan { get; } = new(key.Length);

    /// <summary>True when it may write.</summary>
    public bool IsWrite => Kind is OperationKind.Update or OperationKind.Insert
        or OperationKind.ReadModifyWrite or OperationKind.Delete;

    /// <summary>True when it begins with looking its key up.</summary>
    public bool LooksUp => Kind is not (OperationKind.Update or OperationKind.Insert or OperationKind.Scan);

    /// <summary>True when its key is not in memory, by a first look.</summary>
    public bool IsElsewhere { get; set; }

    protected override void Ready() => core.Resume(this);
}

/// <summary>Where a scan stands between the steps that its operation runs in.</summary>
internal sealed class ScanProgress(int keyBytes)
{
    private readonly byte[] _last = new byte[keyBytes];
    private bool _hasLast;

    /// <summary>Keys still to visit.</summary>
    public int Remaining { get; set; }

    /// <summary>How often it has been run again since it last met a key.</summary>
    public int IdleRestarts { get; set; }

    /// <summary>Partitions whose end was reached.</summary>
    public int PartitionsDone { get; private set; }

    /// <summary>The last key; empty at a partition's start.</summary>
    public ReadOnlySpan<byte> Last => _hasLast ? _last : default;

    /// <summary>Begins after a key.</summary>
    public void Begin(ReadOnlySpan<byte> key, int count)
    {
        Remaining = count;
        PartitionsDone = 0;
        IdleRestarts = 0;
        key.CopyTo(_last);
        _hasLast = true;
    }

    /// <summary>A key of the benchmark's length is visited.</summary>
    public void Visit(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_last);
        _hasLast = true;
        Remaining--;
        IdleRestarts = 0;
    }

    /// <summary>The partition has no more keys.</summary>
    public void NextPartition()
    {
        PartitionsDone++;
        _hasLast = false;
    }
}
