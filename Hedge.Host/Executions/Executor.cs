using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Cores;
using Hedge.Host.Keyspaces;
using Hedge.Host.Slots;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// Runs commands against partitions that this core holds (<see cref="CommandRunner"/>), and keeps those that
/// wait: for a record to be read, for a leased partition, or for a time (<see cref="WaitingRoom"/>).
/// </summary>
/// <remarks>
/// A run has come to its end (reply written, log record complete), or pauses (<see cref="PauseKind"/>): a
/// command has written nothing then and is tried again, a transaction keeps what it holds and goes on in
/// place (<see cref="TransactionRun"/>). A waiting request is a copy of its own.
/// </remarks>
internal sealed class Executor : IDisposable
{
    private readonly CoreLoop _loop;
    private readonly CommandRunner _runner;
    private readonly OutputBuffer _scratch = new();
    private readonly RequestPool _pool = new();
    private readonly Session _stranger = Session.OfAnotherCore();

    public Executor(CoreLoop loop, CommandRunner runner)
    {
        _loop = loop;
        _runner = runner;
        Room = new WaitingRoom(this, loop);
    }

    /// <summary>A bug for tests to find: what has waited runs though its partitions may be leased.</summary>
    internal bool SkipsHoldCheck { get; set; }

    /// <summary>Waiting requests, for INFO and for the leak check at shutdown.</summary>
    public int Waiting => _pool.Outstanding;

    /// <summary>The requests that wait.</summary>
    public WaitingRoom Room { get; }

    /// <summary>
    /// Runs a client's command that needs no other core, beside its other commands. What has to wait is
    /// copied. False when it would have to wait and may not (<see cref="PipelineLimit"/>): then nothing
    /// has happened.
    /// </summary>
    public bool RunForClient(Connection client, Request request)
    {
        if (request.Partition >= 0 && _loop.Group.Partitions[request.Partition] is { NobodyWaits: false } slot
            && slot.IsAwaited(request))
        {
            if (!_loop.Pipelines.MayWait(client)) return false;
            Park(client, request, alone: false);
            return true;
        }

        PauseKind result = RunNow(client, request);
        if (result == PauseKind.None) return true;
        if (result == PauseKind.Records && !_loop.Pipelines.MayWait(client))
        {
            _loop.Storage.ForgetMisses();
            return false;
        }

        Park(client, request, alone: false, result);
        return true;
    }

    /// <summary>Runs a client's command that needs no other core, and for which the client's later commands
    /// wait.</summary>
    public void RunAloneHere(Connection client, Request request, in PartitionSet partitions, bool wholeCores)
    {
        if (request.Partition >= 0 && _loop.Group.Partitions[request.Partition].IsAwaited(request))
        {
            Park(client, request, alone: true);
            return;
        }

        PauseKind result = RunNow(client, request);
        if (result == PauseKind.None) return;
        if (request.Progress is not TransactionRun)
        {
            Park(client, request, alone: true, result);
            return;
        }

        Request copy = CopyWithSlot(client, request);
        client.Holds |= Hold.Exclusive;
        Pause(_loop.Leases.Hold(copy, partitions, wholeCores), result);
    }

    private PauseKind RunNow(Connection client, Request request)
    {
        OutputBuffer output = _loop.Gate.OutputOf(client);
        PauseKind result;
        if (client.Replies.IsActive)
        {
            OutputBuffer ready = client.Replies.BeginReady();
            long before = ready.Length;
            client.IsReplying = true;
            result = _runner.Run(request, client.Session, ready);
            client.IsReplying = false;
            client.Replies.EndReady(ready.Length - before);
        }
        else
        {
            result = _runner.Run(request, client.Session, output);
            _loop.Connections.MarkDirty(client);
        }

        return result;
    }

    /// <summary>Runs a client's single-key command on a borrowed partition. False: the record is not
    /// resident, so the owner has to run it.</summary>
    public bool TryRunBorrowed(Connection client, Request request)
    {
        OutputBuffer output = client.Replies.IsActive ? client.Replies.BeginReady() : client.Output;
        long before = output.Length;
        client.IsReplying = true;
        bool done = _runner.Run(request, client.Session, output) == PauseKind.None;
        client.IsReplying = false;
        if (!done) _loop.Storage.ForgetMisses();
        if (client.Replies.IsActive) client.Replies.EndReady(output.Length - before);
        else _loop.Connections.MarkDirty(client);
        return done;
    }

    /// <summary>Runs a command of another core's client on a key of this core.</summary>
    public void RunForStranger(Request request)
    {
        PartitionSlot slot = _loop.Group.Partitions[request.Partition];
        if (slot.Holder != null || slot.Deferred.Count > 0 || MustLie(slot, request))
        {
            if (slot.Slows(request)) _loop.Slowed.Lie();
            slot.Deferred.Enqueue(_pool.CopyOf(request));
            return;
        }

        if (!slot.IsAwaited(request) && RunAndReply(request)) return;
        Wait(_pool.CopyOf(request), slot);
    }

    /// <summary>Keeps a client's single-key command until its leased partition is back.</summary>
    public void Defer(Connection client, Request request, PartitionSlot slot) =>
        slot.Deferred.Enqueue(CopyWithSlot(client, request));

    /// <summary>Keeps a command that must run alone, and asks for its lease.</summary>
    public void RunAlone(Connection client, Request request, in PartitionSet partitions, bool wholeCores)
    {
        Request copy = CopyWithSlot(client, request);
        client.Holds |= Hold.Exclusive;
        if (!wholeCores && KeyRounds.Fits(_loop.Group, copy))
            copy.Rounds = new(_loop.Group, partitions, copy.Keys);
        _loop.Leases.Begin(copy, partitions, wholeCores);
    }

    /// <summary>Runs a command of very many keys, which this core holds, when they are in memory.</summary>
    public void RunInRounds(Connection client, Request request, in PartitionSet partitions)
    {
        Request copy = CopyWithSlot(client, request);
        client.Holds |= Hold.Exclusive;
        copy.Rounds = new KeyRounds(_loop.Group, partitions, copy.Keys);
        Room.AwaitTurn(copy);
    }

    /// <summary>All of a lease is granted: runs its command.</summary>
    public void RunLeased(Lease lease)
    {
        Request request = lease.Request;
        if (!Room.Prepare(request))
        {
            _loop.Leases.Finish(lease);
            return;
        }

        Lease = lease;
        PauseKind result = RunToScratch(request);
        Lease = null;
        if (result != PauseKind.None)
        {
            Pause(lease, result);
            return;
        }

        Complete(request);
        _loop.Leases.Finish(lease);
    }

    // A leased run waits, and keeps what it holds when it needs that as it is.
    private void Pause(Lease lease, PauseKind result)
    {
        Request request = lease.Request;
        bool keepsTurn = result == PauseKind.Turn && request.Progress is not IFreeProgress;
        bool keeps = keepsTurn || (result == PauseKind.Records && !Scopes.NeedsLess(request, lease));
        if (result == PauseKind.Records) Room.AwaitRecords(request, null, keeps ? lease : null);
        else if (keepsTurn) Room.AwaitTurn(lease);
        else Block(request, result);
        if (!keeps) _loop.Leases.Finish(lease);
        if (result == PauseKind.Keys && lease.Wait is { } wait) _loop.KeyWaits.GoOn(wait);
    }

    /// <summary>A leased partition is back: runs what came for it meanwhile.</summary>
    public void RunDeferred(PartitionSlot slot)
    {
        while (slot.Holder == null && slot.Deferred.TryPeek(out Request? request) && !MustLie(slot, request))
        {
            slot.Deferred.Dequeue();
            if (slot.IsAwaited(request) || !RunAndReply(request)) Wait(request, slot);
            else _pool.Return(request);
        }
    }

    /// <summary>The lease of the command that runs now, or null.</summary>
    public Lease? Lease { get; private set; }

    public void Dispose()
    {
        _runner.Dispose();
        _scratch.Dispose();
        Room.Dispose();
        _pool.Dispose();
    }

    // A write that will be refused waits for no flush, and lets go on what is behind it.
    private bool MustLie(PartitionSlot slot, Request request) =>
        (slot.Slows(request) && _loop.CanWrite) || _loop.Mail.IsCongested(request);

    /// <summary>Runs a request whose reply goes where its origin is. False: it has to wait.</summary>
    private bool RunAndReply(Request request)
    {
        if (RunToScratch(request) != PauseKind.None) return false;
        Send(request);
        return true;
    }

    private PauseKind RunToScratch(Request request)
    {
        Session session = request.Client?.Session ?? _stranger;
        if (request.Client == null)
        {
            session.Database = request.Database;
            session.Protocol = request.Protocol;
            session.NoTouch = request.NoTouch;
        }

        _scratch.Clear();
        if (_loop.Refusals.FindLate(request) is not { } reason)
            return _runner.Run(request, session, _scratch);
        _runner.WriteError(_scratch, reason);
        return PauseKind.None;
    }

    private void Send(Request request)
    {
        if (request.Client is { } client)
            _loop.Connections.CompleteReply(client, request.Slot, _scratch.Unread);
        else _loop.Mail.Reply(request, _scratch.Unread);
        _scratch.Clear();
    }

    /// <summary>Ends a request that had the client to itself.</summary>
    private void Complete(Request request)
    {
        Connection client = request.Client!;
        client.Holds &= ~Hold.Exclusive;
        if (request.Wait is { } wait) _loop.KeyWaits.End(wait);
        Send(request);
        _pool.Return(request);
        _loop.Connections.Schedule(client);
    }

    private Request CopyWithSlot(Connection client, Request request)
    {
        request.Client = client;
        request.Slot = client.Replies.OpenSlot();
        request.Arrived = client.IsRetrying ? client.SlowedSince : _loop.NowMicroseconds;
        return _pool.CopyOf(request);
    }

    private void Park(
        Connection client, Request request, bool alone, PauseKind result = PauseKind.Records)
    {
        Request copy = CopyWithSlot(client, request);
        if (alone) client.Holds |= Hold.Exclusive;
        if (result != PauseKind.Records) Block(copy, result);
        else if (!alone && copy.Partition >= 0) Wait(copy, _loop.Group.Partitions[copy.Partition]);
        else Room.AwaitRecords(copy, null, null);
    }

    /// <summary>Puts a single-key request into its key's queue; its first misses are read now.</summary>
    private void Wait(Request request, PartitionSlot slot)
    {
        if (slot.Wait(request)) Room.AwaitRecords(request, slot, null);
        else _loop.Storage.ForgetMisses();
    }

    /// <summary>Runs a client's request that waited alone. What it needs may be leased by now.</summary>
    public void RunWaiting(Request request)
    {
        request.Client!.Session.Blocked = false;
        if (!Room.PrepareHere(request)) return;
        if (!SkipsHoldCheck
            && !_loop.Dispatcher.HoldsAll(request.Client, request, out var partitions, out bool whole))
        {
            _loop.Leases.Begin(request, partitions, whole);
            return;
        }

        PauseKind result = RunToScratch(request);
        if (result == PauseKind.None) Complete(request);
        else if (result != PauseKind.Records) Block(request, result);
        else Room.AwaitRecords(request, null, null);
    }

    /// <summary>Ends a client's wait for keys: the command replies, and touches none.</summary>
    public void RunUnblocked(Request request)
    {
        PauseKind result = RunToScratch(request);
        Invariant.Check(result == PauseKind.None, "a command whose wait has ended replies");
        Complete(request);
    }

    /// <summary>Ends a client's wait for a time or for keys. False when it does not wait for such.</summary>
    public bool Unblock(Connection client, bool withError) =>
        Room.Unblock(client, withError) || _loop.KeyWaits.Unblock(client, withError);

    // The client waits: for a time, or, when its keys are held, for these.
    private void Block(Request request, PauseKind kind)
    {
        request.Client!.Session.Blocked = kind is PauseKind.Time or PauseKind.Keys;
        if (kind == PauseKind.Keys) _loop.KeyWaits.Await(request, _runner.RetryAt);
        else Room.AwaitTime(request, _runner.RetryAt);
    }

    /// <summary>The records a request waited for are in memory, or could not be read.</summary>
    public void Resume(Request request, PartitionSlot? slot, Lease? lease, int errno)
    {
        if (errno != 0) Fail(request, slot, lease, errno);
        else if (lease != null) RunLeased(lease);
        else if (slot == null) RunWaiting(request);
        else RunAwaited(request, slot);
    }

    /// <summary>Runs a key's first waiting request and those behind it, until one must wait.</summary>
    private void RunAwaited(Request request, PartitionSlot slot)
    {
        ulong line = PartitionSlot.LineOf(request);
        Request? next = request;
        while (next != null)
        {
            if (slot.Holder != null || _loop.Mail.IsCongested(next))
            {
                // Leased meanwhile: the key's queue is taken up again when the partition is back. Or when the
                // replies on their way to the other core are fewer.
                slot.DeferAll(line);
                return;
            }

            if (!RunAndReply(next))
            {
                Room.AwaitRecords(next, slot, null);
                return;
            }

            Request done = next;
            next = slot.Next(line);
            _pool.Return(done);
        }
    }

    private void Fail(Request request, PartitionSlot? slot, Lease? lease, int errno)
    {
        if (request.Progress is TransactionRun run)
        {
            run.ReadFailed(errno);
            RunLeased(lease!);
            return;
        }

        _scratch.Clear();
        _runner.WriteError(_scratch, CommandRunner.ReadFailure(errno));
        if (slot != null)
        {
            Send(request);
            Request? next = slot.Next(PartitionSlot.LineOf(request));
            _pool.Return(request);
            if (next != null) RunAwaited(next, slot);
        }
        else
        {
            Complete(request);
            if (lease != null) _loop.Leases.Finish(lease);
        }
    }
}
