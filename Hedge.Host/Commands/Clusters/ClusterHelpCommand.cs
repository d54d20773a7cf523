using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
