using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class PSyncCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PSYNC", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti,
        AclCategory.None)
    {
        Syntax = "replicationid offset",
        Since = "2.8.0",
        Group = "server",
        Complexity = "",
        Summary = "Internal command used for replication",
    };

    public static void Execute(CommandContext context) => context.Reply.Error(ReplicaOfCommand.Missing);
}
