using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "Depends on subcommand.",
        Summary = "A container for Lua scripts management commands",
    };

    // Only reached through a subcommand: without one, the arity is wrong.
    public static void Execute(CommandContext context) => context.Reply.Error(ErrorText.Syntax);
}
