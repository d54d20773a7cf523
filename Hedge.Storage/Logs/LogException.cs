namespace Hedge.Storage.Logs;

/// <summary>The kinds of problems of a log.</summary>
public enum LogProblem
{
    /// <summary>Bytes that were durable differ from what was written.</summary>
    Corrupt,

    /// <summary>A segment that must exist is missing.</summary>
    MissingSegment,

    /// <summary>A core's ledger is missing.</summary>
    MissingLedger,

    /// <summary>The stage file of a killed process is missing.</summary>
    MissingStage,

    /// <summary>The segment was written by another version of Hedge.</summary>
    UnknownVersion,
}

/// <summary>Recovery cannot go on with a log as it stands. Thrown at start-up only.</summary>
public sealed class LogException(LogProblem problem, string path, long offset, string reason)
    : IOException($"{path} at offset {offset}: {reason}")
{
    /// <summary>The kind of problem.</summary>
    public LogProblem Problem { get; } = problem;

    /// <summary>The segment's path.</summary>
    public string Path { get; } = path;

    /// <summary>The problem, without the place.</summary>
    public string Reason { get; } = reason;

    /// <summary>The offset in the file, in bytes.</summary>
    public long Offset { get; } = offset;
}
