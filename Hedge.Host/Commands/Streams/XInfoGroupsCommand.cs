using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XInfoGroupsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XINFO|GROUPS", 3,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "List the consumer groups of a stream",
        History =
        [
            ("7.0.0", "Added the `entries-read` and `lag` fields"),
        ],
    };

    public static void Execute(CommandContext context) => StreamInfo.Groups(context);
}
