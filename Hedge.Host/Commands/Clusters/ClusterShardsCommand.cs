using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterShardsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SHARDS", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "7.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the total number of cluster nodes",
        Summary = "Get array of cluster slots to node mappings",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
