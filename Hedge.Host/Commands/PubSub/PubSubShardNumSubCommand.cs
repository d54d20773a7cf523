using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubShardNumSubCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB|SHARDNUMSUB", -2,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[shardchannel [shardchannel ...]]",
        Since = "7.0.0",
        Group = "pubsub",
        Complexity = "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
        Summary = "Get the count of subscribers for shard channels",
    };

    public static void Execute(CommandContext context) =>
        PubSubReplies.Counts(context, SubscriptionKind.ShardChannel);
}
