using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterNodesCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|NODES", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get Cluster config for the node",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
