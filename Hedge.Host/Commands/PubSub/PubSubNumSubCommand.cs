using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubNumSubCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB|NUMSUB", -2,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[channel [channel ...]]",
        Since = "2.8.0",
        Group = "pubsub",
        Complexity = "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
        Summary = "Get the count of subscribers for channels",
    };

    public static void Execute(CommandContext context) =>
        PubSubReplies.Counts(context, SubscriptionKind.Channel);
}
