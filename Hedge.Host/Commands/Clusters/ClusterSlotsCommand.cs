using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterSlotsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SLOTS", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get array of Cluster slot to node mappings",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("4.0.0", "Added node IDs."),
            ("7.0.0", "Added additional networking metadata field."),
        ],
        DeprecatedSince = "7.0.0",
        ReplacedBy = "`CLUSTER SHARDS`",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
