using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;
using Hedge.Host.Executions;
using Hedge.Host.Keyspaces;
using Hedge.Host.Mailboxes;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Requests;

/// <summary>
/// Decides for each request of this core's clients what becomes of it: refused, queued (MULTI), run here,
/// sent to the owner of its key, or run alone under a lease.
/// </summary>
internal sealed class Dispatcher(CoreLoop loop)
{
    private const long WarningMilliseconds = 60_000;

    private readonly RespWriter _writer = new();
    private readonly bool[] _borrowed = new bool[loop.Group.Count];
    private int _borrowCount;
    private long _warnsHttpAt;

    /// <summary>Takes the client's next request. False: it can't be taken now;
    /// the connection's holds say why.</summary>
    public bool Dispatch(Connection client, Request request)
    {
        if (request.Problem != null) return FailProtocol(client, request.Problem);
        Session session = client.Session;
        session.LastCommandMilliseconds = loop.NowMilliseconds;
        Command? command = request.Command;
        if (command == null || command.Subcommands.Count > 0 || !command.Accepts(request.Count)
            || loop.Refusals.Any(client, request, command))
        {
            if (loop.Refusals.Find(client, request) is { } problem
                && !IsExecOfTransaction(session, command, problem))
                return Refuse(client, request, problem);
        }

        session.LastCommand = command!.LowerName;
        if (loop.Group.Server.MayPause && loop.Refusals.IsPaused(client, command))
        {
            client.Holds |= Hold.Paused;
            return false;
        }

        if (session.Transaction != null && !command.Has(CommandTraits.RunsInMulti))
            return Enqueue(client, request);
        if (session.ReplyMode != ReplyMode.On) ReplyModes.Begin(session);
        else if (request.Partition >= 0) return RouteKey(client, request);
        return RouteOther(client, request, command);
    }

    /// <summary>Gives back the partitions borrowed during a batch and wakes owners that got messages
    /// meanwhile. When a record in it was spilled, that is done at the end of the turn that finds it written:
    /// what the owner writes next to the partition must not survive without it.</summary>
    public void EndBorrows()
    {
        if (_borrowCount == 0 || loop.Gate.HoldsRecords) return;
        for (int core = 0; core < _borrowed.Length; core++)
        {
            if (!_borrowed[core]) continue;
            _borrowed[core] = false;
            loop.Group.Words[core].EndBorrow();
            if (loop.Group.HasMail(core)) loop.Mail.WakeIfAsleep(core);
        }

        _borrowCount = 0;
    }

    private bool RouteKey(Connection client, Request request)
    {
        PartitionSlot slot = loop.Group.Partitions[request.Partition];
        if (slot.Home == loop.Index)
        {
            if (slot.Holder == null && IsSlowed(client, request, slot)) return false;
            // Not past what was laid aside before and still waits, for a lease or for flushes to catch up.
            if (slot.Holder == null && slot.Deferred.Count == 0)
            {
                return RunHere(client, request, slot);
            }

            request.Database = client.Session.Database;
            if (!loop.Pipelines.MayWait(client)) return false;
            request.HashEpoch = uint.MaxValue;
            loop.Executor.Defer(client, request, slot);
            return true;
        }

        if (TryBorrow(slot) && loop.Executor.TryRunBorrowed(client, request)) return true;
        return Forward(client, request, slot);
    }

    private bool RunHere(Connection client, Request request, PartitionSlot slot)
    {
        // The database may have changed since the request was parsed (SELECT in the same batch),
        // or been flushed.
        if (request.Database != client.Session.Database || request.HashEpoch != slot.Store.HashEpoch)
            Rehash(client, request, slot);
        return loop.Executor.RunForClient(client, request);
    }

    private bool RouteOther(Connection client, Request request, Command command)
    {
        bool publishes = command.Has(CommandTraits.Publishes);
        // Messages follow each other; all else they must not overtake.
        if (client.Replies.Open > (publishes ? client.OpenPublishes : 0))
        {
            client.Holds |= Hold.Barrier;
            return false;
        }

        if (publishes) return loop.PubSub.Run(client, request);
        if ((command.Spec.Flags & CommandFlags.Write) != 0 && AnySlowed(client, request))
            return false;
        if (Refusals.IsExecOf(client, command, CommandFlags.Write) && IsAnyCoreFull(client)) return false;
        if (HoldsAll(client, request, out PartitionSet partitions, out bool wholeCores))
        {
            if (KeyRounds.Fits(loop.Group, request)) loop.Executor.RunInRounds(client, request, partitions);
            else loop.Executor.RunAloneHere(client, request, partitions, wholeCores);
            return true;
        }

        loop.Executor.RunAlone(client, request, partitions, wholeCores);
        return true;
    }

    /// <summary>A write to a partition whose flushes have to catch up waits until they have.</summary>
    private bool IsSlowed(Connection client, Request request, PartitionSlot slot)
    {
        if (slot.Store.WritePressure < 1 || (request.Command!.Spec.Flags & CommandFlags.Write) == 0)
            return false;
        return HoldSlowed(client);
    }

    private bool AnySlowed(Connection client, Request request)
    {
        PartitionSet keys = default;
        loop.Scopes.AddKeys(request, ref keys);
        for (int p = keys.Next(0); p >= 0; p = keys.Next(p + 1))
        {
            PartitionSlot slot = loop.Group.Partitions[p];
            if (slot.Home == loop.Index && IsSlowed(client, request, slot)) return true;
            if (slot.Home != loop.Index && !slot.Store.HasRoom) return HoldSlowed(client);
        }

        return false;
    }

    private bool IsAnyCoreFull(Connection client)
    {
        for (int i = 0; i < loop.Group.Count && i < loop.Group.Partitions.Length; i++)
        {
            if (!loop.Group.Partitions[i].Store.HasRoom) return loop.CanWrite && HoldSlowed(client);
        }

        return false;
    }

    private bool HoldSlowed(Connection client)
    {
        loop.Slowed.Hold(client);
        return true;
    }

    /// <summary>True when this core holds all that the command needs and nobody else claims it.</summary>
    public bool HoldsAll(Connection client, Request request, out PartitionSet partitions, out bool wholeCores)
    {
        partitions = default;
        wholeCores = loop.Scopes.Needs(client, request, request.Command!, ref partitions);
        if (request.Command!.Spec.KeepsPartitions && !partitions.IsEmpty) return false;
        return (!wholeCores && partitions.IsEmpty) || IsAllHere(partitions, wholeCores);
    }

    /// <summary>True when this core holds these partitions and nobody else claims them.</summary>
    public bool IsAllHere(in PartitionSet partitions, bool wholeCores)
    {
        if (loop.Group.Count == 1) return !loop.Leases.AnyHeld;
        if (wholeCores || loop.Leases.AnyHeld) return false;
        for (int p = partitions.Next(0); p >= 0; p = partitions.Next(p + 1))
        {
            if (loop.Group.Partitions[p].Home != loop.Index) return false;
        }

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
        if (loop.Gate.HoldsBack || !loop.Group.Outbox(loop.Index, owner).IsDrained) return false;
        if (!_borrowed[owner])
        {
            if (!loop.Group.Words[owner].TryBorrow()) return false;
            _borrowed[owner] = true;
            _borrowCount++;
        }

        // Held now, so the slot's state may be read.
        return slot.Holder == null && slot.Deferred.Count == 0 && slot.NobodyWaits
            && slot.Store.WritePressure < 1 && !slot.Store.Watches.HasWaiters;
    }

    private bool Forward(Connection client, Request request, PartitionSlot slot)
    {
        if (!loop.Pipelines.MayForward(client)) return false;
        Outbox outbox = loop.Group.Outbox(loop.Index, slot.Home);
        request.OriginCore = loop.Index;
        request.OriginConnection = client.Index;
        request.OriginSession = client.Session.Id;
        request.Database = client.Session.Database;
        request.Protocol = client.Session.Protocol;
        request.NoTouch = client.Session.NoTouch;
        request.Slot = client.Replies.NextSlot;
        request.Arrived = loop.NowMicroseconds;
        if (!outbox.TrySend(request))
        {
            client.Holds |= Hold.Retry;
            loop.Connections.Schedule(client);
            return false;
        }

        client.Replies.OpenSlot();
        loop.Pipelines.Forwarded();
        loop.Statistics.Counters.CommandsForwarded++;
        if (loop.Group.Monitors > 0) loop.Monitors.Show(client.Session, request);
        loop.Mail.NoteWritten(slot.Home);
        return true;
    }

    private bool Enqueue(Connection client, Request request)
    {
        client.Session.Transaction!.Add(request);
        loop.Connections.Memory.TransactionGrew(client);
        ReplyModes.Begin(client.Session);
        if (!ReplyModes.EndDrops(client.Session)) Write(client, RespWriter.EncodedQueued);
        return true;
    }

    /// <summary>An EXEC that is refused ends the transaction, whose watched keys have to be held for that:
    /// it is run, and
    /// only answers.</summary>
    private static bool IsExecOfTransaction(Session session, Command? command, string problem)
    {
        if (command?.Has(CommandTraits.RunsTransaction) != true) return false;
        // A refused EXEC forgets the watched keys, also outside of a transaction.
        if (session.Transaction == null && session.Watched.Count == 0) return false;
        session.Transaction ??= new Transaction(new ByteCount());
        session.Transaction.Refusal = problem;
        return true;
    }

    private bool Refuse(Connection client, Request request, string problem)
    {
        Command? command = request.Command;
        if (command == null && IsHttp(request)) return FailHttp(client);
        if (client.Session.Transaction is { } transaction) transaction.Aborted = true;
        if (command?.Has(CommandTraits.RunsTransaction) == true)
            problem = Transaction.RefusalText(problem);
        ReplyModes.Begin(client.Session);
        if (!ReplyModes.EndDrops(client.Session)) WriteError(client, problem);
        loop.Statistics.CountError(Encoding.Latin1.GetBytes(problem));
        if (command == null) return true;
        client.Session.LastCommand = command.LowerName;
        loop.Statistics.Of(command).Rejected++;
        return true;
    }

    private bool FailProtocol(Connection client, string problem)
    {
        if (client.Parser.Limits != loop.Connections.LimitsOf(client))
        {
            // The client has authenticated since this was parsed, in the same batch: it may send more now.
            client.Parser.Reset();
            client.Holds |= Hold.Retry;
            loop.Connections.Schedule(client);
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

    /// <summary>A web page may make a browser send commands inside an HTTP request: such a connection is
    /// closed before
    /// anything that follows is run.</summary>
    private bool FailHttp(Connection client)
    {
        // Once a minute: an attack must not fill the disk with its own reports.
        if (loop.NowMilliseconds >= _warnsHttpAt)
        {
            _warnsHttpAt = loop.NowMilliseconds + WarningMilliseconds;
            loop.Group.Server.Log(LogLevel.Warning, "Possible SECURITY ATTACK detected: a client sends HTTP "
                + "(POST or Host:), as a web page makes a browser do to reach a server behind a firewall. "
                + $"The connection from {client.Session.Remote} is closed.");
        }

        client.Session.CloseAfterReply = true;
        loop.Connections.MarkDirty(client);
        return true;
    }

    private void WriteError(Connection client, string text)
    {
        OutputBuffer output = loop.Connections.BeginPush(client);
        long before = output.Length;
        _writer.Reset(output, client.Session.Protocol);
        _writer.Error(Encoding.Latin1.GetBytes(text));
        loop.Connections.EndPush(client, output.Length - before, isReply: true);
    }

    private void Write(Connection client, ReadOnlySpan<byte> bytes)
    {
        OutputBuffer output = loop.Connections.BeginPush(client);
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
        loop.Connections.EndPush(client, bytes.Length, isReply: true);
    }
}
