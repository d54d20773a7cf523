using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterMyIdCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|MYID", 2,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Return the node id",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
