using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XAddCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XADD", -5,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite
            | KeyFlags.Update, "UPDATE instead of INSERT because of the optional trimming feature"))
    {
        Syntax =
            "key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] "
            + "<* | id> field value [field value ...]",
        Arguments =
            "key nomkstream@6.2.0 condition@8.2.0 keepref delref acked trim strategy maxlen minid@6.2.0 "
            + "operator equal approximately threshold count@6.2.0 id_or_auto auto_id id field_value field "
            + "value",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "O(1) when adding a new entry, O(N) when trimming where N being the number of entries " +
            "evicted.",
        Summary = "Appends a new entry to a stream",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
            ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
            ("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
        ],
    };

    public static void Execute(CommandContext context) => EntryWrite.Add(context);
}
