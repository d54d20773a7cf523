namespace Hedge.Tests.Simulation;

/// <summary>What a simulated disk is asked to do.</summary>
public enum SimDiskOperationKind
{
    Open,
    Create,
    Read,
    Write,
    Sync,
    Allocate,
    Truncate,
    Rename,
    Delete,
    Link,
    DeleteDirectory,
    SyncDirectory,
    CreateDirectory,
    List,
    Start,
}

/// <summary>One operation, as fault predicates and traces see it. Numbers count from 1.</summary>
public readonly record struct SimDiskOperation(
    SimDiskOperationKind Kind, string Path, long Offset, long Length, long Number);

/// <summary>What goes wrong with an operation.</summary>
public enum SimDiskFaultKind
{
    /// <summary>
    /// It fails with <see cref="SimDiskFault.Errno"/> and does nothing (a sync: see Forgets).
    /// </summary>
    Fail,

    /// <summary>An asynchronous read or write transfers only a part. Synchronous ones ignore this.</summary>
    Short,

    /// <summary>
    /// A write reports success and is readable until the crash, but never reaches the medium.
    /// </summary>
    Lost,

    /// <summary>A write lands <see cref="SimDiskFault.Shift"/> bytes away from where it belongs.</summary>
    Misdirected,

    /// <summary>A read returns its bytes with one bit flipped.</summary>
    FlipBit,

    /// <summary>
    /// An asynchronous operation takes <see cref="SimDiskFault.DelayMicroseconds"/> longer.
    /// </summary>
    Delay,
}

/// <summary>A fault and the operations it hits.</summary>
public sealed class SimDiskFault
{
    /// <summary>The operations meant.</summary>
    public required Func<SimDiskOperation, bool> When { get; init; }

    public required SimDiskFaultKind Kind { get; init; }

    /// <summary>Operations that match and still go well before the first that is hit.</summary>
    public int Skip { get; set; }

    /// <summary>
    /// Operations hit before the fault is over; <see cref="int.MaxValue"/> for a persistent one.
    /// </summary>
    public int Times { get; set; } = 1;

    public int Errno { get; init; } = Hedge.Storage.Io.Errno.IoError;

    /// <summary>
    /// A failed sync drops the dirty pages: they stay readable, and a later sync succeeds without them.
    /// </summary>
    public bool Forgets { get; init; } = true;

    public long Shift { get; init; } = 4096;

    public long DelayMicroseconds { get; init; } = 1000;

    /// <summary>How often the fault has struck.</summary>
    public int Struck { get; private set; }

    internal bool Strikes(SimDiskOperation operation)
    {
        if (Times == 0 || !When(operation)) return false;
        if (Skip > 0)
        {
            Skip--;
            return false;
        }

        if (Times != int.MaxValue) Times--;
        Struck++;
        return true;
    }
}

/// <summary>
/// The simulated machine has lost power. Thrown out of the operation under way and out of all later ones.
/// </summary>
public sealed class SimCrashException(long mutation)
    : Exception($"simulated power loss at disk mutation {mutation}");
