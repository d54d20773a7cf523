using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptKillCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|KILL", 2,
        CommandFlags.NoScript | CommandFlags.AllowBusy,
        AclCategory.Scripting)
    {
        Syntax = "",
        Tips = ["request_policy:all_shards", "response_policy:one_succeeded"],
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "O(1)",
        Summary = "Kill the script currently in execution.",
    };

    public static void Execute(CommandContext context) => ScriptKill.Execute(context, functions: false);
}
