using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class SSubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SSUBSCRIBE", -2,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None,
        KeySpec.From(1, KeyFlags.NotKey))
    {
        Traits = CommandTraits.ForSubscribers,
        Channels = ChannelUse.Subscribes,
        Syntax = "shardchannel [shardchannel ...]",
        Since = "7.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of shard channels to subscribe to.",
        Summary = "Listen for messages published to the given shard channels",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Subscribe(context, "ssubscribe"u8, SubscriptionKind.ShardChannel);
}
