using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterForgetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|FORGET", 3,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "node-id",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Remove a node from the nodes table",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
