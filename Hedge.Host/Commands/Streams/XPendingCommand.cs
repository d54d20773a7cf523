using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XPendingCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XPENDING", -3,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key group [[IDLE min-idle-time] start end count [consumer]]",
        Arguments = "key group filters min-idle-time:integer@6.2.0 start end count consumer",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "O(N) with N being the number of elements returned, so asking for a small fixed number of " +
            "entries per call is O(1). O(M), where M is the total number of entries scanned when used " +
            "with the IDLE filter. When the command returns just the summary and the list of consumers is" +
            " small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every " +
            "consumer.",
        Summary =
            "Return information and entries from a stream consumer group pending entries list, that are " +
            "messages fetched but never acknowledged.",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("6.2.0", "Added the `IDLE` option and exclusive range intervals."),
        ],
    };

    public static void Execute(CommandContext context) => PendingReply.Execute(context);
}
