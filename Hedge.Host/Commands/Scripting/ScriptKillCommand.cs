using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptKillCommand : ICommand
{
    private const string Unkillable = "UNKILLABLE Sorry the script already executed write commands against "
        + "the dataset. You can either wait the script termination or kill the server in a hard way using "
        + "the SHUTDOWN NOSAVE command.";

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

    public static void Execute(CommandContext context)
    {
        (int killed, int found) = context.Server.RunningScripts.Kill();
        if (found == 0) context.Reply.Error("NOTBUSY No scripts in execution right now.");
        else if (killed > 0) context.Reply.Ok();
        else context.Reply.Error(Unkillable);
    }
}
