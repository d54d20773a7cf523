using Hedge.Host.Access;
using Hedge.Host.Clients;

namespace Hedge.Host.Commands.Access;

/// <summary>The connections of users whose rights change.</summary>
internal static class UserClients
{
    /// <summary>Closes connections; the one that runs the command after its reply.</summary>
    public static void Close(CommandContext context, Func<Session, bool> which)
    {
        foreach (Session session in context.Server.Clients.All.Where(which).ToArray())
        {
            if (session == context.Session) session.CloseAfterReply = true;
            else context.Server.Clients.Close(session);
        }
    }

    /// <summary>True when a client listens to what its user may not use any more.</summary>
    public static bool ListensTooFar(Session session, UserRights rights)
    {
        if (session.Subscriptions is not { Any: true } all) return false;
        return all.ChannelSet.Any(c => !rights.MayListen(c.Span, isPattern: false))
            || all.ShardChannelSet.Any(c => !rights.MayListen(c.Span, isPattern: false))
            || all.PatternSet.Any(p => !rights.MayListen(p.Span, isPattern: true));
    }
}
