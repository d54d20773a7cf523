using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterFlushSlotsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|FLUSHSLOTS", 2,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Delete a node's own slots information",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
