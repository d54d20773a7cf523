using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "Depends on subcommand.",
        Summary = "A container for function commands",
    };

    // Only reached through a subcommand: without one, the arity is wrong.
    public static void Execute(CommandContext context) => context.Reply.Error(ErrorText.Syntax);
}
