using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubShardChannelsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB|SHARDCHANNELS", -2,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[pattern]",
        Since = "7.0.0",
        Group = "pubsub",
        Complexity =
            "O(N) where N is the number of active shard channels, and assuming constant time pattern " +
            "matching (relatively short shard channels).",
        Summary = "List active shard channels",
    };

    public static void Execute(CommandContext context) =>
        PubSubReplies.Names(context, SubscriptionKind.ShardChannel);
}
