using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PublishCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBLISH", 3,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.None)
    {
        Traits = CommandTraits.Publishes,
        Channels = ChannelUse.Publishes,
        Syntax = "channel message",
        Since = "2.0.0",
        Group = "pubsub",
        Complexity =
            "O(N+M) where N is the number of clients subscribed to the receiving channel and M is " +
            "the total number of subscribed patterns (by any client).",
        Summary = "Post a message to a channel",
    };

    public static void Execute(CommandContext context) => Execute(context, isSharded: false);

    /// <summary>Publishes. When other cores have to be asked for the number of receivers, the reply comes
    /// from there (see <c>PendingPublishes</c>).</summary>
    internal static void Execute(CommandContext context, bool isSharded)
    {
        int receivers = context.PubSub!.Publish(context.Argument(1), context.Argument(2), isSharded);
        if (receivers >= 0) context.Reply.Integer(receivers);
    }
}
