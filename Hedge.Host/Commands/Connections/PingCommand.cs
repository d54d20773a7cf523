using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class PingCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PING", -1,
        CommandFlags.Fast,
        AclCategory.Connection)
    {
        Traits = CommandTraits.ForSubscribers,
        Syntax = "[message]",
        Since = "1.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Ping the server",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 2)
        {
            context.Reply.Error(ErrorText.WrongNumber("ping"));
            return;
        }

        // A RESP2 subscriber gets messages as arrays, and so its PONG.
        if (context.Session is { Protocol: 2, Subscriptions.Any: true })
        {
            context.Reply.ArrayHeader(2);
            context.Reply.Bulk("pong"u8);
            context.Reply.Bulk(context.ArgumentCount == 2 ? context.Argument(1) : default);
        }
        else if (context.ArgumentCount == 2)
        {
            context.Reply.Bulk(context.Argument(1));
        }
        else
        {
            context.Reply.Raw(Hedge.Resp.RespWriter.EncodedPong);
        }
    }
}
