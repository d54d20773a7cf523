using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Leases;
using Hedge.Host.Slots;
using Hedge.Storage;

namespace Hedge.Host.Executions;

/// <summary>
/// Runs that hold partitions while they pause, or have their client to themselves: those with a lease, a
/// transaction or a script that goes on in place, and what has waited for a time or for records alone. Owned
/// by the core's <see cref="Executor"/>.
/// </summary>
internal sealed class HeldRuns(CommandRunner runner, ConnectionTable connections, LeaseManager leases,
    KeyWaits keyWaits, PartitionNeeds needs, RunningLease running, RequestPool pool, DeferredAnswers answers)
{
    private readonly Dictionary<Connection, Lease> _debugged = [];

    /// <summary>A bug for tests to find: what has waited runs though its partitions may be leased.</summary>
    internal bool SkipsHoldCheck { get; set; }

    /// <summary>The requests that wait. Set once.</summary>
    public WaitingRequests Waiting { get; set; } = null!;

    /// <summary>True for a run that has paused and goes on where it is, or begins again with more.</summary>
    public static bool IsInPlace(Request request, PauseKind result) =>
        result == PauseKind.Partitions || request.Progress is IRunInPlace;

    /// <summary>A run of this core that has begun without a lease pauses, and keeps what it holds.</summary>
    public void Pause(Request request, in PartitionSet held, bool wholeCores, PauseKind result)
    {
        if (result == PauseKind.Partitions) BeginAgain(request);
        else Pause(leases.Hold(request, held, wholeCores), result);
    }

    /// <summary>As <see cref="Pause(Request, in PartitionSet, bool, PauseKind)"/>, for a script of one
    /// partition, which its client's later commands do not wait for.</summary>
    public void PauseBeside(Request request, PauseKind result)
    {
        request.IsBeside = true;
        PartitionSet held = default;
        held.Add(request.Partition);
        Pause(request, held, wholeCores: false, result);
    }

    /// <summary>All of a lease is granted: runs its command.</summary>
    public void RunLeased(Lease lease)
    {
        Request request = lease.Request;
        if (!Waiting.Prepare(request))
        {
            leases.Finish(lease);
            return;
        }

        running.Lease = lease;
        running.Set(lease.Partitions, lease.WholeCores);
        PauseKind result = answers.Run(request);
        running.Lease = null;
        if (result != PauseKind.None)
        {
            Pause(lease, result);
            return;
        }

        Complete(request);
        leases.Finish(lease);
    }

    // A leased run waits, and keeps what it holds when it needs that as it is.
    private void Pause(Lease lease, PauseKind result)
    {
        Request request = lease.Request;
        if (result == PauseKind.Partitions)
        {
            leases.Finish(lease);
            BeginAgain(request);
            return;
        }

        if (result == PauseKind.Debugger)
        {
            StandStill(lease);
            return;
        }

        bool keepsTurn = result == PauseKind.Turn && request.Progress is not IFreeProgress;
        bool keeps = keepsTurn || (result == PauseKind.Records && !PartitionNeeds.NeedsLess(request, lease));
        if (result == PauseKind.Records) Waiting.AwaitRecords(request, null, keeps ? lease : null);
        else if (keepsTurn) Waiting.AwaitTurn(lease);
        else Block(request, result);
        if (!keeps) leases.Finish(lease);
        if (result == PauseKind.Keys && lease.Wait is { } wait) keyWaits.GoOn(wait);
    }

    /// <summary>Runs a client's request that waited alone. What it needs may be leased by now.</summary>
    public void RunWaiting(Request request)
    {
        request.Client!.Session.Blocked = false;
        if (!Waiting.PrepareHere(request)) return;
        if (!needs.HoldsAll(request.Client, request, out PartitionSet partitions, out bool whole)
            && !SkipsHoldCheck)
        {
            leases.Begin(request, partitions, whole);
            return;
        }

        running.Set(partitions, whole);
        PauseKind result = answers.Run(request);
        if (result == PauseKind.None) Complete(request);
        else if (IsInPlace(request, result)) Pause(request, partitions, whole, result);
        else if (result != PauseKind.Records) Block(request, result);
        else Waiting.AwaitRecords(request, null, null);
    }

    /// <summary>Ends a client's wait for keys: the command replies, and touches none.</summary>
    public void RunUnblocked(Request request)
    {
        PauseKind result = answers.Run(request);
        Invariant.Check(result == PauseKind.None, "a command whose wait has ended replies");
        Complete(request);
    }

    /// <summary>Ends a request that had the client, or what it held, to itself.</summary>
    public void Complete(Request request)
    {
        Connection? client = request.IsBeside ? null : request.Client;
        if (client != null)
        {
            client.WaitsFor &= ~WaitReason.Exclusive;
            keyWaits.End(request);
        }

        answers.Send(request);
        pool.Return(request);
        if (client != null) connections.Schedule(client);
    }

    /// <summary>A request of a client whose script stands still: it is for the debugger.</summary>
    public void Debug(Connection client, Request request)
    {
        if (!_debugged.Remove(client, out Lease? lease)) return;
        var words = new byte[request.Count][];
        for (int i = 0; i < words.Length; i++) words[i] = request.Argument(i).ToArray();
        client.Session.IsInDebugger = false;
        client.WaitsFor |= WaitReason.Exclusive;
        lease.Request.Slot = client.Replies.OpenSlot();
        ((IDebuggedRun)lease.Request.Progress!).Take(words);
        RunLeased(lease);
    }

    /// <summary>The client is gone: its script ends, if it stands still.</summary>
    public void EndDebugging(Connection client)
    {
        if (!_debugged.Remove(client, out Lease? lease)) return;
        lease.Request.Slot = client.Replies.OpenSlot();
        ((IDebuggedRun)lease.Request.Progress!).Take(["abort"u8.ToArray()]);
        RunLeased(lease);
    }

    private void StandStill(Lease lease)
    {
        Connection client = lease.Request.Client!;
        answers.Write(((IDebuggedRun)lease.Request.Progress!).WriteLines);
        answers.Send(lease.Request);
        client.WaitsFor &= ~WaitReason.Exclusive;
        client.Session.IsInDebugger = true;
        _debugged.Add(client, lease);
        connections.Schedule(client);
    }

    /// <summary>The client waits: for a time, or, when its keys are held, for these.</summary>
    public void Block(Request request, PauseKind kind)
    {
        request.Client!.Session.Blocked = kind is PauseKind.Time or PauseKind.Keys;
        if (kind == PauseKind.Keys) keyWaits.Await(request, runner.RetryAt);
        else Waiting.AwaitTime(request, runner.RetryAt);
    }

    // A run that needs more than it held, and no longer holds it.
    private void BeginAgain(Request request)
    {
        request.Partition = -1;
        PartitionSet needed = default;
        bool wholeCores = needs.Needs(request.Client!, request, request.Command!, ref needed);
        leases.Begin(request, needed, wholeCores);
    }
}
