namespace Hedge.Storage.Recoveries;

/// <summary>What opening a data directory found and did, for the host's log.</summary>
public sealed class RecoveryReport
{
    /// <summary>Cores that had logs.</summary>
    public int Logs { get; internal set; }

    /// <summary>True when all of them were closed in order.</summary>
    public bool WasClosed { get; internal set; }

    /// <summary>Bytes of log records that a killed process had committed but not written. This start wrote
    /// them.</summary>
    public long StagedBytes { get; internal set; }

    /// <summary>Log records read.</summary>
    public long Records { get; internal set; }

    /// <summary>Operations applied.</summary>
    public long OperationsApplied { get; internal set; }

    /// <summary>Operations dropped because something before them was never synced and is lost.</summary>
    public long OperationsDropped { get; internal set; }

    /// <summary>What is missing or damaged in the logs, if the options allow the start to go on without
    /// it.</summary>
    public IReadOnlyList<string> Damages { get; internal set; } = [];

    /// <summary>The least number of operations that are lost with it.</summary>
    public long OperationsLost { get; internal set; }

    /// <summary>Why the logs' ends could not be copied into the archive, which has a gap now; null when they
    /// were.</summary>
    public string? ArchiveProblem { get; internal set; }

    /// <summary>Logs that stay until there is room to flush their contents.</summary>
    public int LogsRetained { get; internal set; }

    /// <summary>Bytes of torn tails.</summary>
    public long TornBytes { get; internal set; }

    /// <summary>Keys in all databases afterwards.</summary>
    public long Keys { get; internal set; }

    /// <summary>Bytes of run files afterwards.</summary>
    public long RunBytes { get; internal set; }

    /// <summary>The time that it took.</summary>
    public long Microseconds { get; internal set; }
}
