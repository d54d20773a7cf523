using System.Text;
using Hedge.Host.Clients;

namespace Hedge.Host.Commands.Connections;

/// <summary>The reply of CLIENT LIST and CLIENT INFO.</summary>
internal static class ClientLines
{
    /// <summary>Replies with the lines of some sessions.</summary>
    public static void Reply(CommandContext context, IEnumerable<Session> sessions)
    {
        var text = new StringBuilder();
        foreach (Session session in sessions)
            ClientLine.Append(text, session, context.NowMilliseconds, CommandOf(session, context));
        context.Reply.Verbatim("txt", Encoding.Latin1.GetBytes(text.ToString()));
    }

    // The command that asks is the last one of its own session, whose end is still to come.
    private static string CommandOf(Session session, CommandContext context) =>
        session == context.Session ? CommandNames.Lower(context.Spec) : session.LastCommand;
}
