using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterInfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|INFO", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Provides info about Redis Cluster node state",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
