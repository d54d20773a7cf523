using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Mailboxes;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// Runs commands against partitions that this core holds (<see cref="CommandRunner"/>), and keeps those that
/// wait: for a record to be read, for a leased partition, or for a time (<see cref="WaitingRequests"/>).
/// </summary>
/// <remarks>
/// A run either comes to its end (the reply is written, the log record complete) or pauses
/// (<see cref="PauseKind"/>). A command that pauses has written nothing and is run again later. A transaction
/// or a script keeps what it holds (<see cref="IRunInPlace"/>). A waiting request is a copy.
/// </remarks>
internal sealed class Executor : ILeasedCommands, IDisposable
{
    private readonly CoreTurn _turn;
    private readonly PartitionTable _partitions;
    private readonly CoreStorage _storage;
    private readonly CommandRunner _runner;
    private readonly ConnectionTable _connections;
    private readonly BigReplies _bigReplies;
    private readonly CommitGate _gate;
    private readonly PipelineLimit _pipelines;
    private readonly Mail _mail;
    private readonly LeaseManager _leases;
    private readonly KeyWaits _keyWaits;
    private readonly SlowedWriters _slowed;
    private readonly WriteState _writes;
    private readonly RunningLease _running;
    private readonly RequestPool _pool;
    private readonly DeferredAnswers _answers;
    private readonly RefusedRequests _refused;
    private readonly AccessRefusals _access;

    public Executor(CoreTurn turn, PartitionTable partitions, CoreStorage storage, CoreStatistics statistics,
        CommandRunner runner, ConnectionTable connections, BigReplies bigReplies, Mail mail,
        LeaseManager leases, KeyWaits keyWaits, PartitionNeeds needs, Refusals refusals,
        SlowedWriters slowed, WriteState writes, RunningLease running, RequestPool pool,
        RefusedRequests refused)
    {
        (_turn, _partitions, _storage, _runner, _mail) = (turn, partitions, storage, runner, mail);
        (_connections, _gate, _pipelines) = (connections, connections.Gate, connections.Pipelines);
        (_leases, _keyWaits, _running) = (leases, keyWaits, running);
        (_slowed, _writes, _pool, _bigReplies) = (slowed, writes, pool, bigReplies);
        (_refused, _access) = (refused, refusals.Access);
        _answers = new DeferredAnswers(runner, refusals, bigReplies, connections, mail);
        Held = new HeldRuns(runner, connections, leases, keyWaits, needs, running, pool, _answers);
        Trials trials = new(runner, storage);
        Waiting = new WaitingRequests(this, turn, storage, statistics, trials, needs, leases, pool);
        Held.Waiting = Waiting;
    }

    /// <summary>The runs that hold something, or have their client to themselves.</summary>
    public HeldRuns Held { get; }

    /// <summary>The leases that commands run with.</summary>
    public LeaseManager Leases => _leases;

    /// <summary>The requests that wait.</summary>
    public WaitingRequests Waiting { get; }

    /// <summary>
    /// Runs a client's command that needs no other core, beside its other commands. What has to wait is
    /// copied. False when it would have to wait and may not (<see cref="PipelineLimit"/>): then nothing
    /// has happened.
    /// </summary>
    public bool RunForClient(Connection client, Request request)
    {
        if (request.Partition >= 0 && _partitions[request.Partition] is { NobodyWaits: false } slot)
        {
            bool letsPass = slot.MustLetPass(request);
            if (letsPass || slot.IsAwaited(request))
            {
                if (!_pipelines.MayWait(client)) return false;
                if (letsPass) Defer(client, request, slot);
                else Park(client, request, alone: false);
                return true;
            }
        }

        PauseKind result = RunNow(client, request);
        if (result == PauseKind.None) return true;
        if (HeldRuns.IsInPlace(request, result))
        {
            Held.PauseBeside(CopyWithSlot(client, request), result);
            return true;
        }

        if (result == PauseKind.Records && !_pipelines.MayWait(client))
        {
            _storage.ForgetMisses();
            return false;
        }

        Park(client, request, alone: false, result);
        return true;
    }

    /// <summary>Runs a client's command that needs no other core, and for which the client's later commands
    /// wait.</summary>
    public void RunAloneHere(Connection client, Request request, in PartitionSet partitions, bool wholeCores)
    {
        if (request.Partition >= 0 && _partitions[request.Partition].IsAwaited(request))
        {
            Park(client, request, alone: true);
            return;
        }

        _running.Set(partitions, wholeCores);
        PauseKind result = RunNow(client, request);
        if (result == PauseKind.None) return;
        if (result != PauseKind.Partitions && request.Progress is not IRunInPlace)
        {
            Park(client, request, alone: true, result);
            return;
        }

        Request copy = CopyWithSlot(client, request);
        client.WaitsFor |= WaitReason.Exclusive;
        Held.Pause(copy, partitions, wholeCores, result);
    }

    private PauseKind RunNow(Connection client, Request request)
    {
        OutputBuffer output = _gate.OutputOf(client);
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
            _connections.MarkDirty(client);
        }

        if (_runner.TakeBigReply() is { } big) _bigReplies.Begin(client, client.Replies.OpenSlot(), big);
        return result;
    }

    /// <summary>Runs a client's single-key command on a borrowed partition. False: the record is not
    /// resident, so the owner has to run it.</summary>
    public bool TryRunBorrowed(Connection client, Request request)
    {
        OutputBuffer output = client.Replies.IsActive ? client.Replies.BeginReady() : client.Output;
        long before = output.Length;
        client.IsReplying = true;
        _runner.IsBorrowed = true;
        bool done = _runner.Run(request, client.Session, output) == PauseKind.None;
        _runner.IsBorrowed = false;
        client.IsReplying = false;
        if (!done) _storage.ForgetMisses();
        if (client.Replies.IsActive) client.Replies.EndReady(output.Length - before);
        else _connections.MarkDirty(client);
        return done;
    }

    /// <summary>Runs a command of another core's client on a key of this core.</summary>
    public void RunForStranger(Request request)
    {
        PartitionSlot slot = _partitions[request.Partition];
        if (slot.Holder != null || slot.Deferred.Count > 0 || MustLayAside(slot, request))
        {
            if (slot.Slows(request)) _slowed.LayAside();
            slot.Deferred.Enqueue(_pool.CopyOf(request));
            return;
        }

        bool waits = slot.IsAwaited(request);
        PauseKind result = waits ? PauseKind.Records : RunAndReply(request);
        if (result == PauseKind.None) return;
        if (!waits && HeldRuns.IsInPlace(request, result)) Held.PauseBeside(_pool.CopyOf(request), result);
        else Wait(_pool.CopyOf(request), slot);
    }

    /// <summary>Keeps a client's single-key command until its leased partition is back.</summary>
    public void Defer(Connection client, Request request, PartitionSlot slot) =>
        slot.Deferred.Enqueue(CopyWithSlot(client, request));

    /// <summary>Keeps a command that must run alone, and asks for its lease.</summary>
    public void RunAlone(Connection client, Request request, in PartitionSet partitions, bool wholeCores)
    {
        Request copy = CopyWithSlot(client, request);
        client.WaitsFor |= WaitReason.Exclusive;
        if (!wholeCores && KeyRounds.Fits(_partitions, copy))
            copy.Preparation = new KeyRounds(_partitions, partitions, copy.Keys);
        _leases.Begin(copy, partitions, wholeCores);
    }

    /// <summary>Runs a command of very many keys, which this core holds, when they are in memory.</summary>
    public void RunInRounds(Connection client, Request request, in PartitionSet partitions)
    {
        Request copy = CopyWithSlot(client, request);
        client.WaitsFor |= WaitReason.Exclusive;
        copy.Preparation = new KeyRounds(_partitions, partitions, copy.Keys);
        Waiting.AwaitTurn(copy);
    }

    /// <inheritdoc/>
    public void RunLeased(Lease lease) => Held.RunLeased(lease);

    /// <inheritdoc/>
    public void Refuse(Request request, string problem)
    {
        _answers.Refuse(request, _refused.Note(request.Client?.Session, request.Command, problem));
        Held.Complete(request);
    }

    /// <inheritdoc/>
    public bool TryRefuse(Request request)
    {
        if (_access.Find(request.Client!.Session, request) is not { } problem) return false;
        Refuse(request, problem);
        return true;
    }

    /// <inheritdoc/>
    public void RunUnblocked(Request request) => Held.RunUnblocked(request);

    /// <summary>A leased partition is back: runs what came for it meanwhile.</summary>
    public void RunDeferred(PartitionSlot slot)
    {
        while (slot.Holder == null && slot.Deferred.TryPeek(out Request? request)
            && !MustLayAside(slot, request))
        {
            slot.Deferred.Dequeue();
            bool waits = slot.IsAwaited(request);
            PauseKind result = waits ? PauseKind.Records : RunAndReply(request);
            if (result == PauseKind.None) _pool.Return(request);
            else if (!waits && HeldRuns.IsInPlace(request, result)) Held.PauseBeside(request, result);
            else Wait(request, slot);
        }
    }

    /// <summary>Answers with an error what has come for partitions that a script holds which has become
    /// busy.</summary>
    public void RefuseBusy(RunningScripts running)
    {
        foreach (PartitionSlot slot in _partitions.All)
        {
            if (slot.Home != _turn.Core || slot.Holder == null || slot.Deferred.Count == 0) continue;
            PartitionSet held = default;
            held.Add(slot.Store.Index);
            if (running.HolderOf(held) is not { } busy) continue;
            while (slot.Deferred.TryPeek(out Request? request))
            {
                slot.Deferred.Dequeue();
                string error = ScriptErrors.Busy(busy.Program);
                _answers.Refuse(request, _refused.Note(request.Client?.Session, request.Command, error));
                _answers.Send(request);
                _pool.Return(request);
            }
        }
    }

    public void Dispose()
    {
        _answers.Dispose();
        Waiting.Dispose();
        _pool.Dispose();
    }

    // A write that will be refused does not wait for a flush, so the requests behind it go on.
    private bool MustLayAside(PartitionSlot slot, Request request) =>
        (slot.Slows(request) && _writes.CanWrite) || _mail.IsCongested(request) || slot.MustLetPass(request);

    /// <summary>Runs a request whose reply goes where its origin is, when it has come to its end.</summary>
    private PauseKind RunAndReply(Request request)
    {
        PauseKind result = _answers.Run(request);
        if (result == PauseKind.None) _answers.Send(request);
        return result;
    }

    private Request CopyWithSlot(Connection client, Request request)
    {
        request.Client = client;
        request.Slot = client.Replies.OpenSlot();
        request.Arrived = client.IsRetrying ? client.SlowedSince : _turn.NowMicroseconds;
        return _pool.CopyOf(request);
    }

    private void Park(
        Connection client, Request request, bool alone, PauseKind result = PauseKind.Records)
    {
        Request copy = CopyWithSlot(client, request);
        if (alone) client.WaitsFor |= WaitReason.Exclusive;
        if (result != PauseKind.Records) Held.Block(copy, result);
        else if (!alone && copy.Partition >= 0) Wait(copy, _partitions[copy.Partition]);
        else Waiting.AwaitRecords(copy, null, null);
    }

    /// <summary>Puts a single-key request into its key's queue; its first misses are read now.</summary>
    private void Wait(Request request, PartitionSlot slot)
    {
        if (slot.Wait(request))
        {
            Waiting.AwaitRecords(request, slot, null);
            return;
        }

        _storage.ForgetMisses();
        Waiting.ReadAhead(request, slot);
    }

    /// <summary>Ends a client's wait for a time or for keys. False when it does not wait for such.</summary>
    public bool Unblock(Connection client, bool withError) =>
        Waiting.Unblock(client, withError) || _keyWaits.Unblock(client, withError);

    /// <summary>The records a request waited for are in memory, or could not be read.</summary>
    public void Resume(Request request, PartitionSlot? slot, Lease? lease, int errno)
    {
        if (errno != 0) Fail(request, slot, lease, errno);
        else if (lease != null) Held.RunLeased(lease);
        else if (slot == null) Held.RunWaiting(request);
        else RunAwaited(request, slot);
    }

    /// <summary>Runs a key's first waiting request and those behind it, until one must wait.</summary>
    private void RunAwaited(Request request, PartitionSlot slot)
    {
        ulong line = PartitionSlot.LineOf(request);
        Request? next = request;
        while (next != null)
        {
            if (slot.Holder != null || _mail.IsCongested(next))
            {
                // The partition was leased meanwhile, or too many replies are on their way to the other core:
                // the key's queue goes on when that is over.
                slot.DeferAll(line);
                return;
            }

            Request first = next;
            PauseKind result = RunAndReply(first);
            bool inPlace = result != PauseKind.None && HeldRuns.IsInPlace(first, result);
            if (result != PauseKind.None && !inPlace)
            {
                Waiting.AwaitRecords(first, slot, null);
                return;
            }

            next = slot.Next(line);
            if (inPlace) Held.PauseBeside(first, result);
            else _pool.Return(first);
        }

        // A script may have let them pass.
        if (slot.Deferred.Count > 0) RunDeferred(slot);
    }

    private void Fail(Request request, PartitionSlot? slot, Lease? lease, int errno)
    {
        if (request.Progress is IRunInPlace run)
        {
            run.ReadFailed(errno);
            Held.RunLeased(lease!);
            return;
        }

        _answers.Fail(CommandRunner.ReadFailure(errno));
        if (slot != null)
        {
            _answers.Send(request);
            Request? next = slot.Next(PartitionSlot.LineOf(request));
            _pool.Return(request);
            if (next != null) RunAwaited(next, slot);
            else if (slot.Deferred.Count > 0) RunDeferred(slot);
        }
        else
        {
            Held.Complete(request);
            if (lease != null) _leases.Finish(lease);
        }
    }
}
