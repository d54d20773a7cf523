using Hedge.Storage.Cores;

namespace Hedge.Storage.Walks;

/// <summary>
/// Something long that goes to a client part by part: what it shows is of one moment, and is read by a
/// background thread while commands go on. One core owns it.
/// </summary>
public abstract class PartWalk : IDisposable
{
    private string? _failure;

    /// <summary>True when it can go on.</summary>
    public abstract bool IsReady { get; }

    /// <summary>Why it cannot go on; null when it has not failed.</summary>
    public string? Failure => _failure ?? SnapshotFailure;

    /// <summary>True when all has been given.</summary>
    public bool IsOver { get; private protected set; }

    /// <summary>True while the background thread works on it.</summary>
    public bool IsWorking { get; private protected set; }

    /// <summary>True while it holds buffers.</summary>
    public abstract bool IsOpen { get; }

    private protected abstract string? SnapshotFailure { get; }

    /// <summary>Gives the buffers back, if it can open them again; it is not working.</summary>
    public abstract void Park();

    /// <summary>Ends it; it is not working, or never will be again.</summary>
    public abstract void Dispose();

    /// <summary>The job has failed, or will not be done.</summary>
    internal void Fail(string reason) => _failure ??= reason;
}

/// <summary>A walk that gives what it reads to a taker.</summary>
/// <typeparam name="TTaker">Who takes it.</typeparam>
public abstract class PartWalk<TTaker> : PartWalk
{
    private protected abstract PartitionState Partition { get; }

    // What the next piece needs, once there is something to read.
    private protected abstract WindowBlocks? Blocks { get; }

    /// <summary>Has a part given to a taker. It is ready, not over and not working.</summary>
    /// <param name="core">The services of the core that owns it.</param>
    /// <param name="taker">Who takes it.</param>
    public void GoOn(CoreStorage core, TTaker taker)
    {
        ArgumentNullException.ThrowIfNull(core);
        Invariant.Check(IsReady && !IsOver && !IsWorking, "a walk goes on when it can");
        IsWorking = true;
        core.Enqueue(new WalkJob<TTaker>(Partition, this, taker));
    }

    /// <summary>The job: gives until the taker is full, or something must be read.</summary>
    internal abstract void Work(TTaker taker);

    /// <summary>The job is over: another one follows when the core has read what the blocks want.</summary>
    internal void Worked(CoreStorage core, TTaker taker)
    {
        IsWorking = Failure == null && Blocks is { Reads.Count: > 0 };
        if (!IsWorking) return;
        WindowBlocks blocks = Blocks!;
        _ = new WindowReads(core.Blocks.Cache.Disk, blocks.Buffer, blocks.Reads, problem =>
        {
            blocks.Loaded();
            if (problem != null) Fail(problem);
            IsWorking = problem == null;
            if (IsWorking) core.Enqueue(new WalkJob<TTaker>(Partition, this, taker));
        });
    }
}
