using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterResetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|RESET", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[HARD | SOFT]",
        Since = "3.0.0",
        Group = "cluster",
        Complexity =
            "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side " +
            "effect.",
        Summary = "Reset a Redis Cluster node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
