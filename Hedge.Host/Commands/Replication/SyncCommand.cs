using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class SyncCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SYNC", 1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti,
        AclCategory.None)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "",
        Summary = "Internal command used for replication",
    };

    // A replica would wait for all later changes. Who wants the file alone says so before.
    public static void Execute(CommandContext context)
    {
        if (!context.Session.WantsRdbOnly)
        {
            context.Reply.Error(ReplicaOfCommand.Missing);
            return;
        }

        context.BigReply = new RdbReply(
            context, context.Server.StartWalk(context.Storage!, context.Session.WantsFunctionsOnly));
    }
}
