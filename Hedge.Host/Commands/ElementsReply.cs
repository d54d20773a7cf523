using Hedge.Host.Clients;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Stores;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands;

/// <summary>Writes an element of a collection into a reply.</summary>
internal delegate void ElementReply(
    RespWriter reply, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score);

/// <summary>
/// The reply of a command that shows so much of a collection that it is neither read nor sent in one go: a
/// <see cref="CollectionWalk"/> of the command's moment, whose elements are written part by part, as the
/// client reads them. The command has come to its end when it has begun this.
/// </summary>
/// <param name="walk">The elements.</param>
/// <param name="protocol">The client's protocol.</param>
/// <param name="write">How an element is shown.</param>
/// <param name="partBytes">How long a part is.</param>
internal sealed class ElementsReply(CollectionWalk walk, int protocol, ElementReply write, int partBytes)
    : BigReply(walk, protocol, partBytes), IElementTaker
{
    /// <summary>How many bytes of nodes a command may read for a reply before it is to begin this; all of
    /// them where there is no such reply.</summary>
    public static long BytesMin(CommandContext context, OpenCollection collection)
    {
        if (context.Storage == null) return long.MaxValue;
        if (context.InTransaction) return context.Server.ReplyInTransactionBytes;
        return CollectionWalk.CanBegin(collection) ? context.Server.BigReplyBytes : long.MaxValue;
    }

    /// <summary>Begins, for a command that has found that it shows more than
    /// <see cref="BytesMin"/>.</summary>
    /// <param name="context">The command.</param>
    /// <param name="collection">The collection.</param>
    /// <param name="stretch">What it shows.</param>
    /// <param name="write">How an element is shown.</param>
    /// <returns>Where the reply's header is to be written; null when the command is just to return: it has
    /// replied already, or is run again later or elsewhere.</returns>
    public static RespWriter? Begin(CommandContext context, OpenCollection collection,
        ElementStretch stretch, ElementReply write)
    {
        context.Storage!.ForgetMisses();
        if (context.InTransaction)
        {
            context.Reply.Error(ErrorText.ReplyTooLongInTransaction);
            return null;
        }

        // Nobody is going to see it.
        if (context.Session.ReplyMode != ReplyMode.On)
        {
            context.Reply.Null();
            return null;
        }

        // A partition that is leased is not flushed, so there is nothing to wait for.
        bool mayWait = context.Running?.Lease == null;
        CollectionWalk? walk = context.IsBorrowed ? null
            : CollectionWalk.TryBegin(collection, stretch, mayWait, context.WakerOf!(context.Request));
        if (walk == null)
        {
            context.TriesAgain = true;
            return null;
        }

        var reply = new ElementsReply(
            walk, context.Session.Protocol, write, context.Server.BigReplyPartBytes);
        reply.Writer.Reset(reply.Part, context.Session.Protocol);
        context.BigReply = reply;
        return reply.Writer;
    }

    /// <inheritdoc/>
    public override void GoOn(CoreStorage storage) => walk.GoOn(storage, this);

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score) =>
        write(Writer, name, value, score);
}
