using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class LastSaveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LASTSAVE", 1,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Admin | AclCategory.Dangerous)
    {
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Get the UNIX time stamp of the last successful save to disk",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Integer(context.Server.Checkpoints.LastSaveSeconds);
}
