using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

internal sealed class PubSubCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PUBSUB", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.8.0",
        Group = "pubsub",
        Complexity = "Depends on subcommand.",
        Summary = "A container for Pub/Sub commands",
    };

    // Only reached through a subcommand: without one, the arity is wrong.
    public static void Execute(CommandContext context) => context.Reply.Error(ErrorText.Syntax);
}
