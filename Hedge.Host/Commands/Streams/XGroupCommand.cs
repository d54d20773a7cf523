using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "Depends on subcommand.",
        Summary = "A container for consumer groups commands",
    };

    // Reached only when no subcommand is named, which the arity forbids.
    public static void Execute(CommandContext context) => context.Reply.Error(ErrorText.Syntax);
}
