using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND", -1,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(N) where N is the total number of Redis commands",
        Summary = "Get array of Redis command details",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context) => CommandInfoCommand.ReplyAll(context);
}
