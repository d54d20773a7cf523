using Hedge.Host.Clients;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>Sends a long reply in parts, as its client reads, so that it needs neither memory nor time for
/// all of it at once. Runs on the client's core.</summary>
internal static class LongReply
{
    /// <summary>Unread bytes from which on nothing more is handed to a connection.</summary>
    private const long UnreadBytesMax = 8 << 20;

    /// <summary>Sends the next part of the client's first open reply, or as much of it as the client can
    /// take, which leaves <paramref name="part"/>. False when the client has to read first.</summary>
    public static bool Send(ConnectionTable connections, Connection client, long slot,
        OutputBuffer part)
    {
        Invariant.Check(client.Replies.IsFirst(slot), "a reply that is sent in parts is the first one");
        if (client.IsGone) return true;
        long count = Math.Min(part.Length, UnreadBytesMax - client.NextUnreadBytes);
        if (count > 0)
        {
            connections.Gate.OutputOf(client).MoveFrom(part, count);
            connections.MarkDirty(client);
            connections.NoteReplies(client, isPush: false);
        }

        return part.Length == 0;
    }
}
