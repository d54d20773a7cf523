using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubChannelsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB|CHANNELS", -2,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[pattern]",
        Since = "2.8.0",
        Group = "pubsub",
        Complexity =
            "O(N) where N is the number of active channels, and assuming constant time pattern " +
            "matching (relatively short channels and patterns)",
        Summary = "List active channels",
    };

    public static void Execute(CommandContext context) =>
        PubSubReplies.Names(context, SubscriptionKind.Channel);
}
