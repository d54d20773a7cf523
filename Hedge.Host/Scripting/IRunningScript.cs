using Hedge.Host.Clients;

namespace Hedge.Host.Scripting;

/// <summary>A script that takes longer than a turn, as other clients see it. Any core.</summary>
internal interface IRunningScript
{
    /// <summary>What runs.</summary>
    ScriptProgram Program { get; }

    /// <summary>True when it runs longer than it should.</summary>
    bool IsBusy { get; }

    /// <summary>Its command.</summary>
    IReadOnlyList<byte[]> CommandLine { get; }

    /// <summary>When it began, on the clock that all cores have in common.</summary>
    long StartedMicroseconds { get; }

    /// <summary>True when it holds one of these partitions, or all cores.</summary>
    bool Holds(in PartitionSet needed);

    /// <summary>Ends it at its next turn. False when it has written.</summary>
    bool TryKill();
}
