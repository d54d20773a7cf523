using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Stream)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => HelpReply.Write(context, "XGROUP",
    [
        "CREATE <key> <groupname> <id|$> [option]",
        "    Create a new consumer group. Options are:",
        "    * MKSTREAM",
        "      Create the empty stream if it does not exist.",
        "    * ENTRIESREAD entries_read",
        "      Set the group's entries_read counter (internal use).",
        "CREATECONSUMER <key> <groupname> <consumer>",
        "    Create a new consumer in the specified group.",
        "DELCONSUMER <key> <groupname> <consumer>",
        "    Remove the specified consumer.",
        "DESTROY <key> <groupname>",
        "    Remove the specified group.",
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
        "    Set the current group ID and entries_read counter.",
    ]);
}
