using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XInfoHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XINFO|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Stream)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => HelpReply.Write(context, "XINFO",
    [
        "CONSUMERS <key> <groupname>",
        "    Show consumers of <groupname>.",
        "GROUPS <key>",
        "    Show the stream consumer groups.",
        "STREAM <key> [FULL [COUNT <count>]",
        "    Show information about the stream.",
    ]);
}
