using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class SlowlogCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SLOWLOG", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.2.12",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for slow log commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
