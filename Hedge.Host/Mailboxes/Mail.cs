using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Mailboxes;

/// <summary>
/// A core's messages to the others: writes them, and makes them visible at the end of a turn, waking the
/// cores that sleep. Owned by the core.
/// </summary>
internal sealed class Mail(CoreLinks links, CoreTurn turn)
{
    /// <summary>What part of the memory long replies on their way from all cores to one may take.</summary>
    private const int LongReplyDivisor = 16;

    /// <summary>In place of a gather's number: nobody waits for the number of receivers.</summary>
    public const int NoGather = -1;

    private readonly bool[] _written = new bool[links.Count];

    /// <summary>True while mailbox entries wait to be published.</summary>
    public bool HasUnpublished
    {
        get
        {
            for (int i = 0; i < _written.Length; i++)
            {
                if (i != turn.Core && links.Outbox(turn.Core, i).HasUnpublished) return true;
            }

            return false;
        }
    }

    /// <summary>True when the request came from another core that has yet to take long replies: no more are
    /// made until it has.</summary>
    public bool IsCongested(Request request) =>
        request.Client == null
        && links.Outbox(turn.Core, request.OriginCore).LongReplyBytes > LongReplyBytesMax;

    private long LongReplyBytesMax =>
        Math.Min(256L << 20, turn.Settings.MemoryBudgetBytes / LongReplyDivisor / links.Count);

    /// <summary>Sends a managed message to another core.</summary>
    public void Send(int core, ControlMessage message)
    {
        links.Outbox(turn.Core, core).Send(message);
        _written[core] = true;
    }

    /// <summary>Sends a forwarded command's reply to its client's core.</summary>
    public void Reply(Request request, ReadOnlySpan<byte> reply)
    {
        links.Outbox(turn.Core, request.OriginCore).Reply(request, reply);
        _written[request.OriginCore] = true;
    }

    /// <summary>Sends a published message to another core's subscribers.</summary>
    public void SendMessage(
        int core, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> content, bool isSharded, int gather)
    {
        links.Outbox(turn.Core, core).SendMessage(channel, content, isSharded, gather);
        _written[core] = true;
    }

    /// <summary>Answers another core's message: so many of this core's clients have received it.</summary>
    public void SendReceived(int core, int gather, int receivers)
    {
        links.Outbox(turn.Core, core).SendReceived(gather, receivers);
        _written[core] = true;
    }

    /// <summary>Sends a change of keys to another core's clients.</summary>
    public void SendChange(int core, in ChangeMessage change, ReadOnlySpan<byte> content)
    {
        links.Outbox(turn.Core, core).SendChange(change, content);
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
            Outbox outbox = links.Outbox(turn.Core, i);
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
            if (i == turn.Core) continue;
            Outbox outbox = links.Outbox(turn.Core, i);
            outbox.DrainOverflow();
            outbox.Mailbox.Mark();
        }
    }

    /// <summary>Gate: publishes the marked entries.</summary>
    public void PublishMarked()
    {
        for (int i = 0; i < _written.Length; i++)
        {
            if (i != turn.Core && links.Outbox(turn.Core, i).Mailbox.PublishMarked()) WakeIfAsleep(i);
        }
    }

    /// <summary>Gate: the log has failed. Unpublished replies are never given; instead their clients' cores
    /// close them.</summary>
    public void FailUnpublished()
    {
        for (int i = 0; i < _written.Length; i++)
        {
            if (i == turn.Core) continue;
            links.Outbox(turn.Core, i).FailUnpublished();
            _written[i] = true;
        }
    }

    /// <summary>Wakes a core that sleeps.</summary>
    public void WakeIfAsleep(int core)
    {
        if (links.States[core].NeedsWake()) links.Wake(core);
    }
}
