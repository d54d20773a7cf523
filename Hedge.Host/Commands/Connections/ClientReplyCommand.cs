using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientReplyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|REPLY", 3,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "<ON | OFF | SKIP>",
        Since = "3.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Instruct the server whether to reply to commands",
    };

    public static void Execute(CommandContext context)
    {
        Session session = context.Session;
        if (context.Is(2, "ON"u8))
        {
            session.ReplyMode = ReplyMode.On;
        }
        else if (context.Is(2, "OFF"u8))
        {
            session.ReplyMode = ReplyMode.Off;
        }
        else if (context.Is(2, "SKIP"u8))
        {
            if (session.ReplyMode != ReplyMode.Off) session.ReplyMode = ReplyMode.SkipNext;
        }
        else
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        context.Reply.Ok();
    }
}
