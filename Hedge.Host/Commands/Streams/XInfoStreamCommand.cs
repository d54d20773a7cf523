using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XInfoStreamCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XINFO|STREAM", -3,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [FULL <[COUNT count]>]",
        Arguments = "key full count",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Get information about a stream",
        History =
        [
            ("6.0.0", "Added the `FULL` modifier."),
            ("7.0.0", "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, "
                + "`entries-read` and `lag` fields"),
        ],
    };

    public static void Execute(CommandContext context) => StreamInfo.Stream(context);
}
