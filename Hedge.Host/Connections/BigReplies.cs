using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>
/// Sends the <see cref="BigReply"/>s of a core's clients, part by part. Owned by the clients' core.
/// </summary>
/// <remarks>
/// 1. A part is made when the reply is the client's next one and the client has little unread. So what is
///    held for a client is bounded, whatever it asks for; replies behind it wait in the client's
///    <see cref="ReplyQueue"/>.
/// 2. At most <see cref="OpenMax"/> replies hold buffers for reading. One whose client is slow gives them
///    back after a moment, or at once when another one needs some.
/// 3. A reply that fails before its first part is an error reply. Later its length has been announced, so the
///    client is disconnected.
/// 4. A client that takes nothing for <see cref="StallMilliseconds"/> is disconnected: its reply keeps files
///    that would be deleted otherwise.
/// </remarks>
internal sealed class BigReplies(CoreTurn turn, Server server, ConnectionTable connections,
    CoreStorage storage, Mail mail) : IDisposable
{
    /// <summary>Replies that hold buffers.</summary>
    public const int OpenMax = 8;

    /// <summary>How long a client may take nothing.</summary>
    public const long StallMilliseconds = 300_000;

    private const long ParkMilliseconds = 100;

    // Above so many unread parts none is made.
    private const int UnreadPartsMax = 2;

    private readonly List<Item> _items = [];
    private Item? _idle;
    private int _open;

    private long UnreadBytesMax => UnreadPartsMax * (long)server.BigReplyPartBytes;

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    /// <summary>A client of this core gets a reply in an open place.</summary>
    public void Begin(Connection client, long slot, BigReply reply) =>
        _items.Add(new Item(client, slot, reply) { MovedMilliseconds = turn.NowMilliseconds });

    /// <summary>A request is answered, whoever its client belongs to.</summary>
    public void Begin(Request request, BigReply reply)
    {
        if (request.Client is { } client) Begin(client, request.Slot, reply);
        else mail.Send(request.OriginCore, new BigReplyBegun(request, reply));
    }

    /// <summary>Another core has begun a reply for a client of this one.</summary>
    public void Take(BigReplyBegun begun)
    {
        connections.Pipelines.Returned();
        if (connections.Find(begun.Connection, begun.Session) is { } client)
            Begin(client, begun.Slot, begun.Reply);
        else
            begun.Reply.Dispose();
    }

    /// <summary>A turn: goes on with each as far as it can.</summary>
    public void Turn()
    {
        FindRoom();
        for (int i = 0; i < _items.Count; i++)
        {
            if (GoOn(_items[i])) continue;
            _items[i].Reply.Dispose();
            _items.RemoveAt(i--);
        }
    }

    /// <summary>At the end of the core.</summary>
    public void Dispose()
    {
        foreach (Item item in _items) item.Reply.Dispose();
        _items.Clear();
    }

    // False when the reply has come to its end.
    private bool GoOn(Item item)
    {
        (Connection client, BigReply reply) = (item.Client, item.Reply);
        if (reply.Walk.IsWorking) return true;
        if (client.IsGone) return End(item);
        if (!client.Replies.IsFirst(item.Slot)) return true;
        if (reply.Walk.Failure is { } failure) return Fail(item, failure);
        if (!reply.Walk.IsReady) return true;
        if (item.IsMade) Send(item);
        if (client.IsGone || reply.Walk.IsOver) return End(item);
        if (client.NextUnreadBytes > UnreadBytesMax) return IsMoving(item);
        if (!reply.Walk.IsOpen && !TakesRoom()) return true;
        item.MovedMilliseconds = turn.NowMilliseconds;
        item.IsMade = true;
        reply.GoOn(storage);
        return true;
    }

    private void Send(Item item)
    {
        Connection client = item.Client;
        OutputBuffer part = item.Reply.Part;
        item.IsMade = false;
        item.IsBegun = true;
        if (part.Length == 0) return;
        connections.Gate.OutputOf(client).MoveFrom(part, part.Length);
        connections.MarkDirty(client);
        connections.NoteReplies(client, isPush: false);
        item.Unread = client.NextUnreadBytes;
    }

    private bool Fail(Item item, string failure)
    {
        if (item.IsBegun)
        {
            Tell(item, $"its reply could not be read to the end: {failure}");
            connections.Abort(item.Client);
            return End(item);
        }

        item.Reply.Fail(failure);
        connections.CompleteReply(item.Client, item.Slot, item.Reply.Part.Unread);
        return false;
    }

    private bool End(Item item)
    {
        connections.CompleteReply(item.Client, item.Slot, default);
        return false;
    }

    // False when the client has taken nothing for too long.
    private bool IsMoving(Item item)
    {
        long unread = item.Client.NextUnreadBytes;
        long now = turn.NowMilliseconds;
        if (unread < item.Unread) item.MovedMilliseconds = now;
        item.Unread = unread;
        if (now - item.MovedMilliseconds >= ParkMilliseconds && item.Reply.IsHolding) item.Reply.Park();
        if (now - item.MovedMilliseconds < StallMilliseconds) return true;
        Tell(item, "it does not read a long reply");
        connections.Abort(item.Client);
        return End(item);
    }

    // Counts those that hold buffers, and finds one whose client is slow.
    private void FindRoom()
    {
        _open = 0;
        _idle = null;
        foreach (Item item in _items)
        {
            if (!item.Reply.Walk.IsOpen) continue;
            _open++;
            bool isIdle = !item.Reply.Walk.IsWorking && !item.IsMade
                && item.Client.NextUnreadBytes > UnreadBytesMax;
            if (isIdle && (_idle == null || item.MovedMilliseconds < _idle.MovedMilliseconds)) _idle = item;
        }
    }

    // True when one more may hold buffers, and is going to.
    private bool TakesRoom()
    {
        if (_open >= OpenMax)
        {
            if (_idle == null) return false;
            _idle.Reply.Park();
            _idle = null;
            _open--;
        }

        _open++;
        return true;
    }

    private void Tell(Item item, string reason) => server.Log(LogLevel.Warning,
        $"A client is disconnected: {reason}: {ClientAddress.Text(item.Client.Session.Remote)}");

    private sealed class Item(Connection client, long slot, BigReply reply)
    {
        public Connection Client => client;

        public long Slot => slot;

        public BigReply Reply => reply;

        /// <summary>A part was asked for and is not sent yet.</summary>
        public bool IsMade { get; set; }

        /// <summary>Something was sent.</summary>
        public bool IsBegun { get; set; }

        /// <summary>When the client last took something, or was last given something.</summary>
        public long MovedMilliseconds { get; set; }

        /// <summary>What it had not taken when that was last looked at.</summary>
        public long Unread { get; set; }
    }
}
