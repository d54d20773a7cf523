using Hedge.Host.Clients;
using Hedge.Host.Cores;
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
        var patterns = new HashSet<ReadOnlyMemory<byte>>(ByteStrings.Comparer);
        foreach (CoreLoop core in context.Core!.Group.Loops) patterns.UnionWith(core.PubSub.Patterns.Names);
        context.Reply.Integer(patterns.Count);
    }
}
