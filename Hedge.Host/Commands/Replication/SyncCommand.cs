using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class SyncCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SYNC", 1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti,
        AclCategory.None)
    {
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "",
        Summary = "Internal command used for replication",
    };

    public static void Execute(CommandContext context) => context.Reply.Error(ReplicaOfCommand.Missing);
}
