using Hedge.Host.Clients;
using Hedge.Host.Slots;

namespace Hedge.Host.Leases;

/// <summary>Runs the commands that leases are for. The executor does.</summary>
internal interface ILeasedCommands
{
    /// <summary>All of a lease is granted: runs its command.</summary>
    void RunLeased(Lease lease);

    /// <summary>The lease of a command that has not begun was withdrawn: it replies with an error.</summary>
    void Refuse(Request request, string problem);

    /// <summary>Answers a request with an error if its client's user may not run it any more. False if it
    /// may.</summary>
    bool TryRefuse(Request request);

    /// <summary>A leased partition is back: runs what came for it meanwhile.</summary>
    void RunDeferred(PartitionSlot slot);

    /// <summary>Ends a client's wait for keys: the command replies, and touches none.</summary>
    void RunUnblocked(Request request);
}
