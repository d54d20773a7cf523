using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterCountFailureReportsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|COUNT-FAILURE-REPORTS", 3,
        CommandFlags.Admin | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "node-id",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the number of failure reports",
        Summary = "Return the number of failure reports active for a given node",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
