using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class SPublishCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SPUBLISH", 3,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.None,
        KeySpec.At(1, KeyFlags.NotKey))
    {
        Traits = CommandTraits.Publishes | CommandTraits.PublishesSharded,
        Channels = ChannelUse.Publishes,
        Syntax = "shardchannel message",
        Since = "7.0.0",
        Group = "pubsub",
        Complexity = "O(N) where N is the number of clients subscribed to the receiving shard channel.",
        Summary = "Post a message to a shard channel",
    };

    public static void Execute(CommandContext context) => PublishCommand.Execute(context, isSharded: true);
}
