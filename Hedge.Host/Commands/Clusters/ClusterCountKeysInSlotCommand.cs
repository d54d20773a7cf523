using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterCountKeysInSlotCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|COUNTKEYSINSLOT", 3,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "slot",
        Arguments = "slot:integer",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Return the number of local keys in the specified hash slot",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
