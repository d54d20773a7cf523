using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class SubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SUBSCRIBE", -2,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Traits = CommandTraits.ForSubscribers,
        Channels = ChannelUse.Subscribes,
        Syntax = "channel [channel ...]",
        Since = "2.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of channels to subscribe to.",
        Summary = "Listen for messages published to the given channels",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Subscribe(context, "subscribe"u8, SubscriptionKind.Channel);
}
