using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterReplicateCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|REPLICATE", 3,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "node-id",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Reconfigure a node as a replica of the specified master node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
