using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterSaveConfigCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SAVECONFIG", 2,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Forces the node to save cluster state on disk",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
