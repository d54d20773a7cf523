using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class UnsubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("UNSUBSCRIBE", -1,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Traits = CommandTraits.ForSubscribers,
        Syntax = "[channel [channel ...]]",
        Since = "2.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of clients already subscribed to a channel.",
        Summary = "Stop listening for messages posted to the given channels",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Unsubscribe(context, "unsubscribe"u8, SubscriptionKind.Channel);
}
