using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterGetKeysInSlotCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|GETKEYSINSLOT", 4,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "slot count",
        Arguments = "slot:integer count",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(log(N)) where N is the number of requested keys",
        Summary = "Return local key names in the specified hash slot",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
