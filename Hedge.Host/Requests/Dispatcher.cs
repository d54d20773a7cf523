using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Executions;
using Hedge.Host.Keyspaces;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Requests;

/// <summary>
/// Decides for each request of this core's clients what becomes of it: refused, queued (MULTI), run here,
/// sent to the owner of its key, or run alone under a lease.
/// </summary>
internal sealed class Dispatcher(CoreTurn turn, Server server, PartitionTable partitions, CoreLinks links,
    Mail mail, ConnectionTable connections, CoreStatistics statistics, WriteState writes, Refusals refusals,
    RefusedRequests refused, PartitionNeeds needs, SlowedWriters slowed, Executor executor, PubSubHub pubSub,
    MonitorFeed monitors)
{
    private const long WarningMilliseconds = 60_000;

    private readonly RespWriter _writer = new();
    private readonly bool[] _borrowed = new bool[links.Count];
    private int _borrowCount;
    private long _warnsHttpAt;

    /// <summary>Takes the client's next request. False: it can't be taken now;
    /// the connection's holds say why.</summary>
    public bool Dispatch(Connection client, Request request)
    {
        if (client.Session.Tracking is { } tracking) return Dispatch(client, request, tracking);
        request.Tracks = false;
        return Take(client, request);
    }

    // EXEC ends what CLIENT CACHING has said when it comes to its end.
    private bool Dispatch(Connection client, Request request, ClientTracking tracking)
    {
        request.Tracks = tracking.Remembers;
        Command? command = request.Command?.Container ?? request.Command;
        bool keepsCaching =
            command?.Has(CommandTraits.KeepsCaching | CommandTraits.RunsTransaction) == true;
        if (!Take(client, request)) return false;
        tracking.EndCommand(keepsCaching || client.Session.Transaction != null);
        return true;
    }

    private bool Take(Connection client, Request request)
    {
        if (request.Problem != null) return FailProtocol(client, request.Problem);
        Session session = client.Session;
        session.LastCommandMilliseconds = turn.NowMilliseconds;
        if (session.IsInDebugger)
        {
            executor.Held.Debug(client, request);
            return true;
        }

        Command? command = request.Command;
        if (command == null || command.Subcommands.Count > 0 || !command.Accepts(request.Count)
            || refusals.Any(client, request, command))
        {
            if (refusals.Find(client, request) is { } problem) return Refuse(client, request, problem);
        }

        session.LastCommand = command!.LowerName;
        if (server.RunningScripts.AnyBusy && refusals.FindBusy(client, request, needs) is { } busy)
            return Refuse(client, request, busy);
        if (server.MayPause && refusals.IsPaused(client, command))
        {
            client.WaitsFor |= WaitReason.Paused;
            return false;
        }

        if (session.Transaction != null && !command.Has(CommandTraits.RunsInMulti))
            return Enqueue(client, request);
        if (session.ReplyMode != ReplyMode.On) ReplyModes.Begin(session);
        else if (request.Partition >= 0 || needs.IsInOne(client, request)) return RouteKey(client, request);
        return RouteOther(client, request, command);
    }

    /// <summary>Gives back the partitions borrowed during a batch and wakes owners that got messages
    /// meanwhile. When a record in it was spilled, that is done at the end of the turn that finds it written:
    /// what the owner writes next to the partition must not survive without it.</summary>
    public void EndBorrows()
    {
        if (_borrowCount == 0 || connections.Gate.HoldsRecords) return;
        for (int core = 0; core < _borrowed.Length; core++)
        {
            if (!_borrowed[core]) continue;
            _borrowed[core] = false;
            links.States[core].EndBorrow();
            if (links.HasMail(core)) mail.WakeIfAsleep(core);
        }

        _borrowCount = 0;
    }

    private bool RouteKey(Connection client, Request request)
    {
        PartitionSlot slot = partitions[request.Partition];
        if (slot.Home == turn.Core)
        {
            if (slot.Holder == null && IsSlowed(client, request, slot)) return false;
            // It must not overtake requests that were laid aside, for a lease or until flushes catch up.
            if (slot.Holder == null && slot.Deferred.Count == 0)
            {
                return RunHere(client, request, slot);
            }

            request.Database = client.Session.Database;
            if (!connections.Pipelines.MayWait(client)) return false;
            request.HashEpoch = uint.MaxValue;
            executor.Defer(client, request, slot);
            return true;
        }

        bool mayBorrow = !request.Command!.Has(CommandTraits.RunsScript);
        if (mayBorrow && TryBorrow(slot) && executor.TryRunBorrowed(client, request)) return true;
        return Forward(client, request, slot);
    }

    private bool RunHere(Connection client, Request request, PartitionSlot slot)
    {
        // The database may have changed since the request was parsed (SELECT in the same batch),
        // or been flushed.
        if (request.Database != client.Session.Database || request.HashEpoch != slot.Store.HashEpoch)
            Rehash(client, request, slot);
        return executor.RunForClient(client, request);
    }

    private bool RouteOther(Connection client, Request request, Command command)
    {
        bool publishes = command.Has(CommandTraits.Publishes);
        // Messages need not wait for each other, but they must not overtake other commands.
        if (client.Replies.Open > (publishes ? client.OpenPublishes : 0))
        {
            client.WaitsFor |= WaitReason.Barrier;
            return false;
        }

        if (publishes) return Publish(client, request);
        if (command.MayWrite && AnySlowed(client, request)) return false;
        bool mayWriteAnywhere = Refusals.IsExecOf(client, command, CommandFlags.Write)
            || (command.Has(CommandTraits.RunsScript) && command.MayWrite);
        if (mayWriteAnywhere && IsAnyCoreFull(client)) return false;
        if (needs.HoldsAll(client, request, out PartitionSet needed, out bool wholeCores))
        {
            if (KeyRounds.Fits(partitions, request)) executor.RunInRounds(client, request, needed);
            else executor.RunAloneHere(client, request, needed, wholeCores);
            return true;
        }

        executor.RunAlone(client, request, needed, wholeCores);
        return true;
    }

    /// <summary>Runs a PUBLISH outside of a transaction. False: a mailbox is full; it is tried
    /// again.</summary>
    private bool Publish(Connection client, Request request)
    {
        if (!pubSub.TryBegin(client)) return false;
        executor.RunForClient(client, request);
        pubSub.End(client);
        return true;
    }

    /// <summary>A write to a partition whose flushes have to catch up waits until they have.</summary>
    private bool IsSlowed(Connection client, Request request, PartitionSlot slot)
    {
        if (slot.Store.WritePressure < 1 || !request.Command!.MayWrite) return false;
        return HoldSlowed(client);
    }

    private bool AnySlowed(Connection client, Request request)
    {
        PartitionSet keys = default;
        needs.AddKeys(request, ref keys);
        for (int p = keys.Next(0); p >= 0; p = keys.Next(p + 1))
        {
            PartitionSlot slot = partitions[p];
            if (slot.Home == turn.Core && IsSlowed(client, request, slot)) return true;
            if (slot.Home != turn.Core && !slot.Store.HasRoom) return HoldSlowed(client);
        }

        return false;
    }

    private bool IsAnyCoreFull(Connection client)
    {
        for (int i = 0; i < links.Count && i < partitions.Count; i++)
        {
            if (!partitions[i].Store.HasRoom) return writes.CanWrite && HoldSlowed(client);
        }

        return false;
    }

    private bool HoldSlowed(Connection client)
    {
        slowed.Delay(client);
        return true;
    }

    private static void Rehash(Connection client, Request request, PartitionSlot slot)
    {
        request.Database = client.Session.Database;
        request.HashEpoch = slot.Store.HashEpoch;
        request.Hash = slot.Store.Hash(request.Database, request.Key);
    }

    private bool TryBorrow(PartitionSlot slot)
    {
        int owner = slot.Home;
        if (connections.Gate.HoldsBack || !links.Outbox(turn.Core, owner).IsDrained) return false;
        if (!_borrowed[owner])
        {
            if (!links.States[owner].TryBorrow()) return false;
            _borrowed[owner] = true;
            _borrowCount++;
        }

        // Held now, so the slot's state may be read.
        return slot.Holder == null && slot.Deferred.Count == 0 && slot.NobodyWaits
            && slot.Store.WritePressure < 1 && !slot.Store.Watches.HasWaiters;
    }

    private bool Forward(Connection client, Request request, PartitionSlot slot)
    {
        if (!connections.Pipelines.MayForward(client)) return false;
        Outbox outbox = links.Outbox(turn.Core, slot.Home);
        request.OriginCore = turn.Core;
        request.OriginConnection = client.Index;
        request.OriginSession = client.Session.Id;
        request.Database = client.Session.Database;
        request.Protocol = client.Session.Protocol;
        request.NoTouch = client.Session.NoTouch;
        request.Slot = client.Replies.NextSlot;
        request.Arrived = turn.NowMicroseconds;
        if (!outbox.TrySend(request))
        {
            client.WaitsFor |= WaitReason.Retry;
            connections.Schedule(client);
            return false;
        }

        client.Replies.OpenSlot();
        connections.Pipelines.Forwarded();
        statistics.Counters.CommandsForwarded++;
        if (monitors.AnyWatches && request.Command!.Has(CommandTraits.RunsScript))
            monitors.ShowScript(client.Session, request);
        else if (monitors.AnyWatches) monitors.Show(client.Session, request);
        mail.NoteWritten(slot.Home);
        return true;
    }

    private bool Enqueue(Connection client, Request request)
    {
        client.Session.Transaction!.Add(request);
        needs.Queue(client, request);
        WriteBudget.Queue(client.Session.Transaction, request);
        connections.Memory.TransactionGrew(client);
        ReplyModes.Begin(client.Session);
        if (!ReplyModes.EndDrops(client.Session)) Write(client, RespWriter.EncodedQueued);
        return true;
    }

    private bool Refuse(Connection client, Request request, string problem)
    {
        Command? command = request.Command;
        if (command == null && IsHttp(request)) return FailHttp(client);
        string error = refused.Note(client.Session, command, problem);
        ReplyModes.Begin(client.Session);
        if (!ReplyModes.EndDrops(client.Session)) WriteError(client, error);
        if (command != null) client.Session.LastCommand = command.LowerName;
        return true;
    }

    private bool FailProtocol(Connection client, string problem)
    {
        if (client.Parser.Limits != connections.LimitsOf(client))
        {
            // The client has authenticated since this was parsed, in the same batch: it may send more now.
            client.Parser.Reset();
            client.WaitsFor |= WaitReason.Retry;
            connections.Schedule(client);
            return false;
        }

        WriteError(client, "ERR " + problem);
        client.Session.CloseAfterReply = true;
        return true;
    }

    private static bool IsHttp(Request request)
    {
        ReadOnlySpan<byte> name = request.Argument(0);
        return AsciiText.EqualsIgnoreCase(name, "POST"u8)
            || AsciiText.EqualsIgnoreCase(name, "HOST:"u8);
    }

    /// <summary>A web page may make a browser send commands inside an HTTP request. Such a connection is
    /// closed before anything that follows is run.</summary>
    private bool FailHttp(Connection client)
    {
        // Once a minute: an attack must not fill the disk with its own reports.
        if (turn.NowMilliseconds >= _warnsHttpAt)
        {
            _warnsHttpAt = turn.NowMilliseconds + WarningMilliseconds;
            server.Log(LogLevel.Warning, "Possible SECURITY ATTACK detected: a client sends HTTP "
                + "(POST or Host:), as a web page makes a browser do to reach a server behind a firewall. "
                + $"The connection from {ClientAddress.Text(client.Session.Remote)} is closed.");
        }

        client.Session.CloseAfterReply = true;
        connections.MarkDirty(client);
        return true;
    }

    private void WriteError(Connection client, string text)
    {
        OutputBuffer output = connections.BeginPush(client);
        long before = output.Length;
        _writer.Reset(output, client.Session.Protocol);
        _writer.Error(Encoding.Latin1.GetBytes(text));
        connections.EndPush(client, output.Length - before, isReply: true);
    }

    private void Write(Connection client, ReadOnlySpan<byte> bytes)
    {
        OutputBuffer output = connections.BeginPush(client);
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
        connections.EndPush(client, bytes.Length, isReply: true);
    }
}
