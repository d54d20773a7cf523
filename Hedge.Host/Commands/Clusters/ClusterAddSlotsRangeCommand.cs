using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterAddSlotsRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|ADDSLOTSRANGE", -4,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "start-slot end-slot [start-slot end-slot ...]",
        Arguments = "start-slot_end-slot start-slot:integer end-slot:integer",
        Since = "7.0.0",
        Group = "cluster",
        Complexity =
            "O(N) where N is the total number of the slots between the start slot and end slot " +
            "arguments.",
        Summary = "Assign new hash slots to receiving node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
