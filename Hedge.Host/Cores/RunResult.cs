namespace Hedge.Host.Cores;

/// <summary>How a run of a command has ended.</summary>
internal enum RunResult
{
    /// <summary>Its reply is written, its changes are logged.</summary>
    Done,

    /// <summary>It needs records that are not in memory; nothing has happened.</summary>
    NotResident,

    /// <summary>It is to be run again at a time; nothing has happened.</summary>
    Later,
}
