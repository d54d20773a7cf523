using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ReadOnlyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("READONLY", 1,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Enables read queries for a connection to a cluster replica node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
