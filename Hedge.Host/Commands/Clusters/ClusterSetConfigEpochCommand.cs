using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterSetConfigEpochCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|SET-CONFIG-EPOCH", 3,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "config-epoch",
        Arguments = "config-epoch:integer",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Set the configuration epoch in a new node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
