using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("OBJECT|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Keyspace)
    {
        Syntax = "",
        Since = "6.2.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => HelpReply.Write(context, "OBJECT",
    [
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
    ]);
}
