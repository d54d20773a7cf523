using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Scripting)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "scripting",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => HelpReply.Write(context, "SCRIPT",
    [
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
    ]);
}
