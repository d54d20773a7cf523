using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterSlavesCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SLAVES", 3,
        CommandFlags.Admin | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "node-id",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "List replica nodes of the specified master node",
        Tips = ["nondeterministic_output"],
        DeprecatedSince = "5.0.0",
        ReplacedBy = "`CLUSTER REPLICAS`",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
