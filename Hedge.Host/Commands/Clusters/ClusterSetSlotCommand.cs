using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterSetSlotCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SETSLOT", -4,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
        Arguments = "slot:integer subcommand node-id node-id node-id stable",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Bind a hash slot to a specific node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
