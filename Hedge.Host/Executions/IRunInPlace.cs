namespace Hedge.Host.Executions;

/// <summary>What goes on where it has paused, since a part of it may have happened: a transaction, or a
/// script. The progress of its request.</summary>
internal interface IRunInPlace
{
    /// <summary>True when a command of it has come to its end since the last pause: what was read before is
    /// not needed any more.</summary>
    bool HasGoneOn { get; }

    /// <summary>True when it may have changed something.</summary>
    bool HasChanges { get; }

    /// <summary>The records that its present command misses could not be read.</summary>
    void ReadFailed(int errno);

    /// <summary>It has failed as a whole, and replies with an error: forgets everything.</summary>
    void Abandon();
}
