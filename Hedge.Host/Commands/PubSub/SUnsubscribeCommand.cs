using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class SUnsubscribeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SUNSUBSCRIBE", -1,
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None,
        KeySpec.From(1, KeyFlags.NotKey))
    {
        Traits = CommandTraits.ForSubscribers,
        Syntax = "[shardchannel [shardchannel ...]]",
        Since = "7.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of clients already subscribed to a shard channel.",
        Summary = "Stop listening for messages posted to the given shard channels",
    };

    public static void Execute(CommandContext context) =>
        SubscriptionReplies.Unsubscribe(context, "sunsubscribe"u8, SubscriptionKind.ShardChannel);
}
