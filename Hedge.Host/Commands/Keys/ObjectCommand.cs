using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("OBJECT", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.2.3",
        Group = "generic",
        Complexity = "Depends on subcommand.",
        Summary = "A container for object introspection commands",
    };

    // Reached only when no subcommand is named, which the arity forbids.
    public static void Execute(CommandContext context) => context.Reply.Error(ErrorText.Syntax);
}
