using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterReplicasCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|REPLICAS", 3,
        CommandFlags.Admin | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "node-id",
        Since = "5.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "List replica nodes of the specified master node",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
