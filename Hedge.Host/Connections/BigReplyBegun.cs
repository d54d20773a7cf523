using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Mailboxes;

namespace Hedge.Host.Connections;

/// <summary>In place of the reply to a forwarded request: the client's core is to send it part by
/// part.</summary>
/// <param name="request">The request.</param>
/// <param name="reply">Its reply.</param>
internal sealed class BigReplyBegun(Request request, BigReply reply) : ControlMessage
{
    /// <summary>The client's connection.</summary>
    public int Connection { get; } = request.OriginConnection;

    /// <summary>The client's session.</summary>
    public long Session { get; } = request.OriginSession;

    /// <summary>The reply's place.</summary>
    public long Slot { get; } = request.Slot;

    /// <summary>The reply, which belongs to the receiver.</summary>
    public BigReply Reply => reply;
}
