using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterMyShardIdCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|MYSHARDID", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "7.2.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "The ID of the shard that the node belongs to",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
