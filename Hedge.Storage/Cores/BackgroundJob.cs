namespace Hedge.Storage.Cores;

/// <summary>
/// Work of a partition that blocks on the disk or takes long. The owner core takes it from
/// <see cref="CoreStorage.TryTakeJob"/> and has its steps run, one after the other, on its background thread;
/// when <see cref="Step"/> has returned false, the owner calls <see cref="Complete"/> while it holds the
/// partition.
/// </summary>
public abstract class BackgroundJob
{
    private protected BackgroundJob(PartitionState partition) => Partition = partition;

    /// <summary>The partition that must be held for <see cref="Complete"/>.</summary>
    public PartitionState Partition { get; }

    /// <summary>Why the job failed; it will be tried again later. Null when it has not.</summary>
    public IOException? Failure { get; private protected set; }

    /// <summary>True for work that nobody waits for and that may take minutes.</summary>
    public virtual bool IsLong => false;

    /// <summary>True for a long job that other long jobs do not wait for: it takes turns with
    /// them.</summary>
    public virtual bool IsPatient => false;

    /// <summary>True for one step of work that a client waits for: it takes turns with all other
    /// jobs.</summary>
    public virtual bool IsBrief => false;

    /// <summary>False when <see cref="Complete"/> does not touch the partition, which may be another
    /// core's.</summary>
    public virtual bool NeedsPartition => true;

    /// <summary>True once its first step has begun. The background thread writes it; other threads may see
    /// it late.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Does a bounded piece of work. False when there is nothing left to do.</summary>
    public bool Step()
    {
        IsStarted = true;
        try
        {
            return Work();
        }
        catch (IOException failure)
        {
            return Fail(failure);
        }
        catch (SystemException failure)
        {
            // A job only reads what is in force, and its output is not in force yet. So it can be given up
            // and tried again whatever went wrong, most likely a lack of memory.
            return Fail(new IOException($"{GetType().Name}: unexpected error: {failure}", failure));
        }
    }

    private bool Fail(IOException failure)
    {
        Failure = failure;
        Partition.Settings.Shared.NoteDamage(failure);
        Abandon();
        return false;
    }

    /// <summary>Gives up a job that will not be completed, at shutdown, when no step is running.</summary>
    public void Cancel() => Abandon();

    /// <summary>Hands the result to the partition.</summary>
    public void Complete(CoreStorage core) => Deliver(core);

    /// <summary>A piece of work; may throw <see cref="IOException"/>, after which the job has
    /// ended.</summary>
    private protected abstract bool Work();

    /// <summary>Frees what a failed job holds.</summary>
    private protected virtual void Abandon()
    {
    }

    /// <summary>The owner's part.</summary>
    private protected abstract void Deliver(CoreStorage core);
}
