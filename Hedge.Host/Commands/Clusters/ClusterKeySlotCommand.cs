using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Clusters;

internal sealed class ClusterKeySlotCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER|KEYSLOT", 3,
        CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "key",
        Arguments = "key:string",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "O(N) where N is the number of bytes in the key",
        Summary = "Returns the hash slot of the specified key",
    };

    public static void Execute(CommandContext context) => ClusterCommand.Refuse(context);
}
