using Hedge.Host.Clients;
using Hedge.Host.Cores;

namespace Hedge.Host.Mailboxes;

/// <summary>
/// A core's messages: takes in what the others have sent, and makes visible what this one has written, waking
/// who sleeps. Owned by the core.
/// </summary>
internal sealed class Mail(CoreLoop loop) : IDisposable
{
    /// <summary>What part of the memory long replies on their way from all cores to one may take.</summary>
    private const int LongReplyDivisor = 16;

    /// <summary>Most messages of one sender handled per turn, so that a busy neighbour does not starve
    /// clients.</summary>
    private const int MessagesPerTurnMax = 4096;

    /// <summary>In place of a gather's number: nobody waits for the number of receivers.</summary>
    public const int NoGather = -1;

    private readonly Request _message = new();
    private readonly bool[] _written = new bool[loop.Group.Count];

    /// <summary>True while mailbox entries wait to be published.</summary>
    public bool HasUnpublished
    {
        get
        {
            for (int i = 0; i < _written.Length; i++)
            {
                if (i != loop.Index && loop.Group.Outbox(loop.Index, i).HasUnpublished) return true;
            }

            return false;
        }
    }

    /// <summary>True when the request came from another core that has yet to take long replies: no more are
    /// made until it has.</summary>
    public bool IsCongested(Request request) =>
        request.Client == null
        && loop.Group.Outbox(loop.Index, request.OriginCore).LongReplyBytes > LongReplyBytesMax;

    private long LongReplyBytesMax =>
        Math.Min(256L << 20, loop.Settings.MemoryBudgetBytes / LongReplyDivisor / loop.Group.Count);

    /// <summary>Sends a managed message to another core.</summary>
    public void Send(int core, ControlMessage message)
    {
        loop.Group.Outbox(loop.Index, core).Send(message);
        _written[core] = true;
    }

    /// <summary>Sends a forwarded command's reply to its client's core.</summary>
    public void Reply(Request request, ReadOnlySpan<byte> reply)
    {
        loop.Group.Outbox(loop.Index, request.OriginCore).Reply(request, reply);
        _written[request.OriginCore] = true;
    }

    /// <summary>Sends a published message to another core's subscribers.</summary>
    public void SendMessage(
        int core, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> content, bool isSharded, int gather)
    {
        loop.Group.Outbox(loop.Index, core).SendMessage(channel, content, isSharded, gather);
        _written[core] = true;
    }

    /// <summary>Notes that a mailbox entry for the core was written.</summary>
    public void NoteWritten(int core) => _written[core] = true;

    /// <summary>End of a turn: makes what was written visible.</summary>
    public void Publish()
    {
        if (_written.Length == 1) return;
        for (int i = 0; i < _written.Length; i++)
        {
            if (!_written[i]) continue;
            Outbox outbox = loop.Group.Outbox(loop.Index, i);
            outbox.DrainOverflow();
            _written[i] = !outbox.IsEmpty;
            outbox.Mailbox.Publish();
            WakeIfAsleep(i);
        }
    }

    /// <summary>Gate: remembers which mailbox entries the next sync covers.</summary>
    public void Mark()
    {
        for (int i = 0; i < _written.Length; i++)
        {
            if (i == loop.Index) continue;
            Outbox outbox = loop.Group.Outbox(loop.Index, i);
            outbox.DrainOverflow();
            outbox.Mailbox.Mark();
        }
    }

    /// <summary>Gate: publishes the marked entries.</summary>
    public void PublishMarked()
    {
        for (int i = 0; i < _written.Length; i++)
        {
            if (i != loop.Index && loop.Group.Outbox(loop.Index, i).Mailbox.PublishMarked()) WakeIfAsleep(i);
        }
    }

    /// <summary>Gate: the log has failed. Unpublished replies are never given; instead their clients' cores
    /// close them.</summary>
    public void FailUnpublished()
    {
        for (int i = 0; i < _written.Length; i++)
        {
            if (i == loop.Index) continue;
            loop.Group.Outbox(loop.Index, i).FailUnpublished();
            _written[i] = true;
        }
    }

    /// <summary>Wakes a core that sleeps.</summary>
    public void WakeIfAsleep(int core)
    {
        if (loop.Group.Words[core].NeedsWake()) loop.Group.Loops[core].Io.Wake();
    }

    /// <summary>Handles what has come from the other cores.</summary>
    /// <returns>How many messages that were.</returns>
    // SAFETY: entries stay in the mailbox until Release, and are not used afterwards.
    public unsafe int Receive()
    {
        int received = 0;
        for (int sender = 0; sender < _written.Length && !loop.Leases.StandsStill; sender++)
        {
            if (sender == loop.Index) continue;
            Outbox outbox = loop.Group.Outbox(sender, loop.Index);
            Mailbox mailbox = outbox.Mailbox;
            if (!mailbox.HasMessage) continue;
            int count = 0;
            loop.Meter.BeginBatch(MessagesPerTurnMax);
            while (count < MessagesPerTurnMax && !loop.Leases.StandsStill)
            {
                byte* entry = mailbox.TryReceive();
                if (entry == null) break;
                Handle(sender, outbox, (MessageHeader*)entry);
                count++;
            }

            loop.Meter.EndBatch();
            mailbox.Release();
            received += count;
        }

        return received;
    }

    public void Dispose() => _message.Release();

    private unsafe void Handle(int sender, Outbox outbox, MessageHeader* header)
    {
        switch (header->Kind)
        {
            case MessageKind.Request:
                Outbox.Read((RequestMessage*)header, sender, _message, loop.Group.Server.Commands);
                loop.Executor.RunForStranger(_message);
                break;
            case MessageKind.Reply:
                var reply = (ReplyMessage*)header;
                byte* bytes = header->External != null ? header->External : (byte*)(reply + 1);
                loop.Pipelines.Returned();
                if (loop.Connections.Find(reply->Connection, reply->Session) is { } connection)
                {
                    var content = new ReadOnlySpan<byte>(bytes, reply->Length);
                    loop.Connections.CompleteReply(connection, reply->Slot, content);
                }

                break;
            case MessageKind.Failed:
                var failed = (ReplyMessage*)header;
                loop.Pipelines.Returned();
                if (loop.Connections.Find(failed->Connection, failed->Session) is { } lost)
                {
                    loop.Connections.Abort(lost);
                    loop.Connections.CompleteReply(lost, failed->Slot, default);
                }

                break;
            case MessageKind.Published or MessageKind.Unpublished:
                TakePublished(sender, (PublishedMessage*)header);
                break;
            case MessageKind.Received:
                var received = (ReceivedMessage*)header;
                loop.PubSub.Gathers.Answered(received->Gather, received->Receivers);
                break;
            default:
                if (outbox.Control.TryDequeue(out ControlMessage? control)) control.Deliver(loop, sender);
                break;
        }

        outbox.Free(header);
    }

    // SAFETY: the lengths are the sender's, of what stands behind the message or in its external memory.
    private unsafe void TakePublished(int sender, PublishedMessage* message)
    {
        int receivers = -1;
        if (message->Header.Kind == MessageKind.Published)
        {
            byte* bytes = message->Header.External != null ? message->Header.External : (byte*)(message + 1);
            receivers = loop.PubSub.Deliver(new ReadOnlySpan<byte>(bytes, message->ChannelLength),
                new ReadOnlySpan<byte>(bytes + message->ChannelLength, message->Length),
                message->IsSharded != 0);
        }

        if (message->Gather == NoGather) return;
        loop.Group.Outbox(loop.Index, sender).SendReceived(message->Gather, receivers);
        _written[sender] = true;
    }
}
