using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XRANGE", -4,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key start end [COUNT count]",
        Arguments = "key start end count",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "O(N) with N being the number of elements being returned. If N is constant (e.g. always " +
            "asking for the first 10 elements with COUNT), you can consider it O(1).",
        Summary = "Return a range of elements in a stream, with IDs matching the specified IDs interval",
        History =
        [
            ("6.2.0", "Added exclusive ranges."),
        ],
    };

    public static void Execute(CommandContext context) => EntryReply.Range(context, isBackwards: false);
}
