using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientUnpauseCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|UNPAUSE", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Traits = CommandTraits.RunsWhilePaused,
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "6.2.0",
        Group = "connection",
        Complexity = "O(N) Where N is the number of paused clients",
        Summary = "Resume processing of clients that were paused",
    };

    public static void Execute(CommandContext context)
    {
        context.Server.Pause = null;
        context.Reply.Ok();
    }
}
