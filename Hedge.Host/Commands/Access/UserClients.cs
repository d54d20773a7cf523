using Hedge.Host.Access;
using Hedge.Host.Clients;

namespace Hedge.Host.Commands.Access;

/// <summary>Connections that end by a command: of users whose rights change, or by CLIENT KILL.</summary>
internal static class UserClients
{
    /// <summary>Closes connections; the one that runs the command after its reply. Returns how
    /// many.</summary>
    public static int Close(CommandContext context, Func<Session, bool> which)
    {
        Session[] closed = [.. context.Server.Clients.All.Where(which)];
        foreach (Session session in closed)
        {
            if (session == context.Session) session.CloseAfterReply = true;
            else context.Server.Clients.Close(session);
        }

        return closed.Length;
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
