using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ReadWriteCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("READWRITE", 1,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Disables read queries for a connection to a cluster replica node",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
