using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterLinksCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|LINKS", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "7.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Returns a list of all TCP links to and from peer nodes in cluster",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
