using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ResetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RESET", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast |
        CommandFlags.NoAuth | CommandFlags.AllowBusy,
        AclCategory.Connection)
    {
        Traits = CommandTraits.RunsInMulti | CommandTraits.EndsMulti
            | CommandTraits.ForSubscribers,
        Syntax = "",
        Since = "6.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Reset the connection",
    };

    public static void Execute(CommandContext context)
    {
        Session session = context.Session;
        session.ResetRequested = true;
        session.Monitor = false;
        session.Database = 0;
        session.Protocol = context.Reply.Protocol = 2;
        session.Name = "";
        // CLIENT REPLY SKIP still holds for this reply.
        if (session.ReplyMode != ReplyMode.Skip) session.ReplyMode = ReplyMode.On;
        session.NoEvict = false;
        session.NoTouch = false;
        Authentication.Start(context.Server, session);
        context.Reply.SimpleString("RESET");
    }
}
