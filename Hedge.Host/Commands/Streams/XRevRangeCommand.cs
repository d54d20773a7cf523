using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XRevRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XREVRANGE", -4,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key end start [COUNT count]",
        Arguments = "key end start count",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for " +
            "the first 10 elements with COUNT), you can consider it O(1).",
        Summary =
            "Return a range of elements in a stream, with IDs matching the specified IDs interval, in " +
            "reverse order (from greater to smaller IDs) compared to XRANGE",
        History =
        [
            ("6.2.0", "Added exclusive ranges."),
        ],
    };

    public static void Execute(CommandContext context) => EntryReply.Range(context, isBackwards: true);
}
