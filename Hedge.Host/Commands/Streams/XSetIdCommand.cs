using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XSetIdCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XSETID", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]",
        Arguments = "key last-id entries_added:integer@7.0.0 max_deleted_entry_id@7.0.0",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "An internal command for replicating stream values",
        History =
        [
            ("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments."),
        ],
    };

    public static void Execute(CommandContext context) => EntryWrite.SetId(context);
}
