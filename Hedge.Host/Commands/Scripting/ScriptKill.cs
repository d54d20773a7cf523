using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

/// <summary>SCRIPT KILL and FUNCTION KILL.</summary>
internal static class ScriptKill
{
    private const string Unkillable = "UNKILLABLE Sorry the script already executed write commands against "
        + "the dataset. You can either wait the script termination or kill the server in a hard way using "
        + "the SHUTDOWN NOSAVE command.";

    /// <summary>Ends the scripts or the functions that run and have written nothing.</summary>
    public static void Execute(CommandContext context, bool functions)
    {
        RunningScripts running = context.Server.RunningScripts;
        (int killed, int found, ScriptProgram? other) = running.Kill(functions);
        if (killed > 0) context.Reply.Ok();
        else if (found > 0) context.Reply.Error(Unkillable);
        else if (other is not null) context.Reply.Error(ScriptErrors.Busy(other));
        else context.Reply.Error("NOTBUSY No scripts in execution right now.");
    }
}
