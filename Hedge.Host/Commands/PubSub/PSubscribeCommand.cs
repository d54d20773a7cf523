using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PSubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PSUBSCRIBE", -2,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Traits = CommandTraits.ForSubscribers,
        Channels = ChannelUse.SubscribesToPatterns,
        Syntax = "<pattern> [<pattern> ...]",
        Since = "2.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of patterns the client is already subscribed to.",
        Summary = "Listen for messages published to channels matching the given patterns",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Subscribe(context, "psubscribe"u8, SubscriptionKind.Pattern);
}
