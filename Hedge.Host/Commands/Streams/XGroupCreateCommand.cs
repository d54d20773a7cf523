using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupCreateCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|CREATE", -5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key groupname <id | $> [MKSTREAM] [ENTRIESREAD entries_read]",
        Arguments = "key groupname id id new_id mkstream entries_read:integer",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Create a consumer group.",
        History =
        [
            ("7.0.0", "Added the `entries_read` named argument."),
        ],
    };

    public static void Execute(CommandContext context) => GroupWrite.Create(context);
}
