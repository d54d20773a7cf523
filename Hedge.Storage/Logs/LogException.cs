namespace Hedge.Storage.Logs;

/// <summary>What is wrong with a log.</summary>
public enum LogProblem
{
    /// <summary>Bytes that were durable are not what was written.</summary>
    Corrupt,

    /// <summary>A segment that must be there is not.</summary>
    MissingSegment,

    /// <summary>A core's ledger is not there.</summary>
    MissingLedger,

    /// <summary>The stage file of a process that was killed is not there.</summary>
    MissingStage,

    /// <summary>The segment was written by another version of Hedge.</summary>
    UnknownVersion,
}

/// <summary>A log that cannot be recovered from as it stands. Thrown at start-up only.</summary>
public sealed class LogException(LogProblem problem, string path, long offset, string reason)
    : IOException($"{path} at offset {offset}: {reason}")
{
    /// <summary>The kind of problem.</summary>
    public LogProblem Problem { get; } = problem;

    /// <summary>The segment's path.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; } = reason;

    /// <summary>The offset in the file, in bytes.</summary>
    public long Offset { get; } = offset;
}
