using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterMeetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|MEET", -4,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "ip port [cluster_bus_port]",
        Arguments = "ip port cluster_bus_port:integer@4.0.0",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Force a node cluster to handshake with another node",
        History =
        [
            ("4.0.0", "Added the optional `cluster_bus_port` argument."),
        ],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
