using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Scripting;
using Hedge.Host.Slots;

namespace Hedge.Host.Leases;

/// <summary>
/// What becomes of leases that wait for a script that has become busy (it runs longer than
/// <c>busy-reply-threshold</c>): they are withdrawn, so that nobody waits behind what they have got already.
/// One per core, for its clients' commands.
/// </summary>
/// <remarks>
/// 1. A command that has not begun is refused, as one that comes later.
/// 2. A command that Redis allows beside a busy script, one that has begun (its keys are being read, or it
///    goes on from where it has paused), and a blocked client that is being served are postponed: they hold
///    nothing, and ask again when no busy script is in their way.
/// </remarks>
internal sealed class BusyWithdrawals(LeaseManager leases, RunningScripts running, ILeasedCommands commands)
{
    private readonly List<(Lease Lease, ScriptProgram Program)> _found = [];
    private readonly List<Lease> _postponed = [];

    /// <summary>Now and then: looks at what waits.</summary>
    public void Tick()
    {
        if (running.AnyBusy) Withdraw();
        if (_postponed.Count > 0) Resume();
    }

    private void Withdraw()
    {
        foreach (Lease lease in leases.Asked)
            if (running.HolderOf(lease.Partitions) is { } busy) _found.Add((lease, busy.Program));
        foreach ((Lease lease, ScriptProgram program) in _found)
        {
            // What another one had is granted to it by now.
            if (lease.Place < 0) continue;
            leases.Withdraw(lease);
            if (MayRefuse(lease)) commands.Refuse(lease.Request, ScriptErrors.Busy(program));
            else _postponed.Add(lease);
        }

        _found.Clear();
    }

    private void Resume()
    {
        Lease[] all = [.. _postponed];
        _postponed.Clear();
        foreach (Lease lease in all)
        {
            if (running.HolderOf(lease.Partitions) is not null) _postponed.Add(lease);
            else leases.Begin(lease, lease.Partitions);
        }
    }

    private static bool MayRefuse(Lease lease) =>
        lease.Wait == null && lease.Request.Progress == null
        && lease.Request.Preparation is not KeyRounds { HasBegun: true }
        && (lease.Request.Command!.Spec.Flags & CommandFlags.AllowBusy) == 0;
}
