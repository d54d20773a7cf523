using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XTrimCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XTRIM", -4,
        CommandFlags.Write,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key <<MAXLEN | MINID> [= | ~] threshold [LIMIT count]> [KEEPREF | DELREF | ACKED]",
        Arguments =
            "key trim strategy maxlen minid@6.2.0 operator equal approximately threshold count@6.2.0 "
            + "condition@8.2.0 keepref delref acked",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "O(N), with N being the number of evicted entries. Constant times are very small however, " +
            "since entries are organized in macro nodes containing multiple entries that can be released " +
            "with a single deallocation.",
        Summary = "Trims the stream to (approximately if '~' is passed) a certain size",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."),
            ("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
        ],
    };

    public static void Execute(CommandContext context) => EntryWrite.Trim(context);
}
