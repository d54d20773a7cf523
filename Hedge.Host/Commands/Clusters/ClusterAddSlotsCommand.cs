using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterAddSlotsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|ADDSLOTS", -3,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "slot [slot ...]",
        Arguments = "slot:integer",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the total number of hash slot arguments",
        Summary = "Assign new hash slots to receiving node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
