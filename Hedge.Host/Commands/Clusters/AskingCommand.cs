using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class AskingCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ASKING", 1,
        CommandFlags.Fast,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "Sent by cluster clients after an -ASK redirect",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
