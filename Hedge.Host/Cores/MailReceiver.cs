using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Executions;
using Hedge.Host.Leases;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Cores;

/// <summary>Takes what the other cores have sent to this one, and hands it to whom it is for. Owned by the
/// core.</summary>
internal sealed class MailReceiver(CoreTurn turn, CoreLinks links, CommandTable commands, Mail mail,
    CommandMeter meter, ConnectionTable connections, BigReplies bigReplies, LeaseManager leases,
    KeyWaits keyWaits, ForgottenWatches watches, Executor executor, PubSubHub pubSub,
    Invalidations invalidations, MonitorFeed monitors)
    : IDisposable
{
    /// <summary>Most messages of one sender handled per turn, so that a busy neighbour does not starve
    /// clients.</summary>
    private const int MessagesPerTurnMax = 4096;

    private readonly Request _message = new();

    public void Dispose() => _message.Release();

    /// <summary>Handles what has come from the other cores.</summary>
    /// <returns>How many messages that were.</returns>
    // SAFETY: entries stay in the mailbox until Release, and are not used afterwards.
    public unsafe int Receive()
    {
        int received = 0;
        for (int sender = 0; sender < links.Count && !leases.StandsStill; sender++)
        {
            if (sender == turn.Core) continue;
            Outbox outbox = links.Outbox(sender, turn.Core);
            Mailbox mailbox = outbox.Mailbox;
            if (!mailbox.HasMessage) continue;
            int count = 0;
            meter.BeginBatch(MessagesPerTurnMax);
            while (count < MessagesPerTurnMax && !leases.StandsStill)
            {
                byte* entry = mailbox.TryReceive();
                if (entry == null) break;
                Handle(sender, outbox, (MessageHeader*)entry);
                count++;
            }

            meter.EndBatch();
            mailbox.Release();
            received += count;
        }

        return received;
    }

    private unsafe void Handle(int sender, Outbox outbox, MessageHeader* header)
    {
        switch (header->Kind)
        {
            case MessageKind.Request:
                Outbox.Read((RequestMessage*)header, sender, _message, commands);
                executor.RunForStranger(_message);
                break;
            case MessageKind.Reply:
                var reply = (ReplyMessage*)header;
                byte* bytes = header->External != null ? header->External : (byte*)(reply + 1);
                connections.Pipelines.Returned();
                if (connections.Find(reply->Connection, reply->Session) is { } connection)
                {
                    var content = new ReadOnlySpan<byte>(bytes, reply->Length);
                    connections.CompleteReply(connection, reply->Slot, content);
                }

                break;
            case MessageKind.Failed:
                var failed = (ReplyMessage*)header;
                connections.Pipelines.Returned();
                if (connections.Find(failed->Connection, failed->Session) is { } lost)
                {
                    connections.Abort(lost);
                    connections.CompleteReply(lost, failed->Slot, default);
                }

                break;
            case MessageKind.Published or MessageKind.Unpublished:
                TakePublished(sender, (PublishedMessage*)header);
                break;
            case MessageKind.Changed:
                var changed = (ChangeMessage*)header;
                byte* keys = header->External != null ? header->External : (byte*)(changed + 1);
                invalidations.Take(sender, *changed, new ReadOnlySpan<byte>(keys, changed->Length));
                break;
            case MessageKind.Received:
                var received = (ReceivedMessage*)header;
                pubSub.Pending.Answered(received->Gather, received->Receivers);
                break;
            default:
                if (outbox.Control.TryDequeue(out ControlMessage? control)) Take(control);
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
            receivers = pubSub.Deliver(new ReadOnlySpan<byte>(bytes, message->ChannelLength),
                new ReadOnlySpan<byte>(bytes + message->ChannelLength, message->Length),
                message->IsSharded != 0);
        }

        if (message->Gather == Mail.NoGather) return;
        mail.SendReceived(sender, message->Gather, receivers);
    }

    private void Take(ControlMessage message)
    {
        switch (message)
        {
            case LeaseRequested requested: leases.Requested(requested.Lease); break;
            case LeaseGranted granted: leases.Granted(granted.Lease); break;
            case LeaseReleased released: leases.Released(released.Lease); break;
            case KeyChanged changed: keyWaits.Given(changed.Lease); break;
            case KeyWaitEnded ended: keyWaits.Forget(ended.Wait); break;
            case WatchesEnded ended: watches.Forget(ended.Keys); break;
            case SocketAssigned assigned: connections.Adopt(assigned.Socket); break;
            case BigReplyBegun begun: bigReplies.Take(begun); break;
            case MonitorLines lines: monitors.Deliver(lines); break;
            default: throw new InvalidOperationException($"nobody takes a {message.GetType().Name}");
        }
    }
}
