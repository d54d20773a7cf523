using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "Depends on subcommand.",
        Summary = "A container for cluster commands",
    };

    /// <summary>Answers as Redis does while cluster-enabled is "no": clients ask to find out whether they
    /// talk to a cluster.</summary>
    public static void Refuse(CommandContext context) =>
        context.Reply.Error("ERR This instance has cluster support disabled");

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
