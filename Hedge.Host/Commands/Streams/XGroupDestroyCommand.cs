using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupDestroyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|DESTROY", 4,
        CommandFlags.Write,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key groupname",
        Arguments = "key groupname",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(N) where N is the number of entries in the group's pending entries list (PEL).",
        Summary = "Destroy a consumer group.",
    };

    public static void Execute(CommandContext context) => GroupWrite.Destroy(context);
}
