using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PUnsubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUNSUBSCRIBE", -1,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Traits = CommandTraits.ForSubscribers,
        Syntax = "[pattern [pattern ...]]",
        Since = "2.0.0",
        Group = "pubsub",
        Complexity =
            "O(N+M) where N is the number of patterns the client is already subscribed and M is the " +
            "number of total patterns subscribed in the system (by any client).",
        Summary = "Stop listening for messages posted to channels matching the given patterns",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Unsubscribe(context, "punsubscribe"u8, SubscriptionKind.Pattern);
}
