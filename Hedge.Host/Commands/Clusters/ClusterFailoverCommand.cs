using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterFailoverCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|FAILOVER", -2,
        CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "[FORCE | TAKEOVER]",
        Arguments = "options force takeover",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Forces a replica to perform a manual failover of its master.",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
