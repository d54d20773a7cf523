using System.Buffers.Text;
using Hedge.Host.Clients;
using Hedge.Host.Connections;

namespace Hedge.Host.Subscribers;

/// <summary>
/// PUBLISH commands of a core's clients whose message is on its way to other cores. Collects how many clients
/// there have received it, and replies when all cores have answered. The mailboxes bound their number. Owned
/// by the core.
/// </summary>
internal sealed class PendingPublishes(ConnectionTable connections)
{
    private const int IntegerBytesMax = 24;

    private readonly Stack<int> _free = new();
    private Gather[] _gathers = new Gather[16];
    private int _used;

    /// <summary>How many are under way.</summary>
    public int Count => _used - _free.Count;

    /// <summary>Begins a gather. Its number goes with the message.</summary>
    public int Begin()
    {
        if (_free.TryPop(out int index)) return index;
        if (_used == _gathers.Length) Array.Resize(ref _gathers, _used * 2);
        return _used++;
    }

    /// <summary>The message was sent: the client's reply takes its place in the order, and waits.</summary>
    /// <param name="index">The gather.</param>
    /// <param name="client">Who published.</param>
    /// <param name="receivers">Receivers on this core.</param>
    /// <param name="asked">How many cores will answer.</param>
    public void Await(int index, Connection client, int receivers, int asked)
    {
        _gathers[index] = new Gather
        {
            Connection = client.Index,
            Session = client.Session.Id,
            Slot = client.Replies.OpenSlot(),
            Receivers = receivers,
            Left = asked,
        };
        client.OpenPublishes++;
    }

    /// <summary>A core has answered: so many receivers, or -1 when the message must not be shown because the
    /// log it waited for has failed; then the client is closed.</summary>
    public void Answered(int index, int receivers)
    {
        ref Gather gather = ref _gathers[index];
        if (receivers < 0) gather.HasFailed = true;
        else gather.Receivers += receivers;
        if (--gather.Left > 0) return;
        Gather done = gather;
        _free.Push(index);
        if (connections.Find(done.Connection, done.Session) is not { } client) return;
        client.OpenPublishes--;
        Span<byte> reply = stackalloc byte[IntegerBytesMax];
        int length = 0;
        if (done.HasFailed) connections.Abort(client);
        else length = Encode(reply, done.Receivers);
        connections.CompleteReply(client, done.Slot, reply[..length]);
    }

    private static int Encode(Span<byte> reply, int number)
    {
        reply[0] = (byte)':';
        Utf8Formatter.TryFormat(number, reply[1..], out int digits);
        "\r\n"u8.CopyTo(reply[(1 + digits)..]);
        return digits + 3;
    }

    private struct Gather
    {
        public int Connection;
        public long Session;
        public long Slot;
        public int Receivers;
        public int Left;
        public bool HasFailed;
    }
}
