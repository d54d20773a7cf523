using Hedge.Host.Declarations;

namespace Hedge.Host.Clients;

/// <summary>CLIENT REPLY: whether a command's reply is left out.</summary>
internal static class ReplyModes
{
    /// <summary>Before a command of a client whose mode is not On.</summary>
    public static void Begin(Session session)
    {
        if (session.ReplyMode == ReplyMode.SkipNext) session.ReplyMode = ReplyMode.Skip;
    }

    /// <summary>After the command: true when its reply must not be sent.</summary>
    public static bool EndDrops(Session session)
    {
        ReplyMode mode = session.ReplyMode;
        if (mode == ReplyMode.Skip) session.ReplyMode = ReplyMode.On;
        return mode != ReplyMode.On;
    }

    /// <summary>As the other overload, for a command that ran: what subscribing pushes is no reply.</summary>
    public static bool EndDrops(Session session, Command command) =>
        EndDrops(session)
        && !(command.Spec.Group == "pubsub" && (command.Spec.Flags & CommandFlags.NoScript) != 0);
}
