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
        {
            if (session == context.Session) session.Figures.ArgumentBytes = BytesOf(context);
            ClientLine.Append(text, session, context.NowMilliseconds, CommandOf(session, context));
        }

        context.Reply.Verbatim("txt", Encoding.Latin1.GetBytes(text.ToString()));
    }

    // The command that asks stands in no buffer when it has not waited.
    private static long BytesOf(CommandContext context)
    {
        long bytes = 0;
        for (int i = 0; i < context.ArgumentCount; i++) bytes += context.Argument(i).Length;
        return bytes;
    }

    // The command that asks is the last one of its own session, whose end is still to come.
    private static string CommandOf(Session session, CommandContext context) =>
        session == context.Session ? CommandNames.Lower(context.Spec) : session.LastCommand;
}
