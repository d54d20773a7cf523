using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupSetIdCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|SETID", -5,
        CommandFlags.Write,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key groupname <id | $> [ENTRIESREAD entries_read]",
        Arguments = "key groupname id id new_id entries_read:integer",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Set a consumer group to an arbitrary last delivered ID value.",
        History =
        [
            ("7.0.0", "Added the optional `entries_read` argument."),
        ],
    };

    public static void Execute(CommandContext context) => GroupWrite.SetId(context);
}
