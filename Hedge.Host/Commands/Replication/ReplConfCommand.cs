using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class ReplConfCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("REPLCONF", -1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.AllowBusy,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "An internal command for configuring the replication stream",
        IsSystemCommand = true,
    };

    public static void Execute(CommandContext context) => context.Reply.Error(ReplicaOfCommand.Missing);
}
