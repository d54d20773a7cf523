using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubNumPatCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB|NUMPAT", 2,
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.8.0",
        Group = "pubsub",
        Complexity = "O(1)",
        Summary = "Get the count of unique patterns pattern subscriptions",
    };

    public static void Execute(CommandContext context)
    {
        context.Reply.Integer(context.PubSub!.NamesOnAllCores(SubscriptionKind.Pattern).Count);
    }
}
