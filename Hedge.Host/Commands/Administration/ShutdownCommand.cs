using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Administration;

internal sealed class ShutdownCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SHUTDOWN", -1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale |
        CommandFlags.NoMulti | CommandFlags.AllowBusy,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
        Arguments = "nosave_save nosave save now@7.0.0 force@7.0.0 abort@7.0.0",
        Since = "1.0.0",
        Group = "server",
        Complexity =
            "O(N) when saving, where N is the total number of keys in all databases when saving " +
            "data, otherwise O(1)",
        Summary = "Synchronously save the dataset to disk and then shut down the server",
        History =
        [
            ("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        bool save = false, noSave = false, now = false, force = false, abort = false;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "SAVE"u8)) save = true;
            else if (context.Is(i, "NOSAVE"u8)) noSave = true;
            else if (context.Is(i, "NOW"u8)) now = true;
            else if (context.Is(i, "FORCE"u8)) force = true;
            else if (context.Is(i, "ABORT"u8)) abort = true;
            else noSave = save = true;
        }

        if ((save && noSave) || (abort && (save || noSave || now || force)))
        {
            context.Reply.Error(ErrorText.Syntax);
        }
        else if (!noSave && context.Server.RunningScripts.FindBusy() is { } busy)
        {
            context.Reply.Error(ScriptErrors.Busy(busy.Program));
        }
        else if (!abort && !noSave && !force && context.Server.WriteFailure != null)
        {
            // What is not durable would be lost: as when Redis cannot save.
            context.Server.Log(LogLevel.Warning, "SHUTDOWN is refused, since the log cannot be written: "
                + $"{context.Server.WriteFailure} (SHUTDOWN FORCE or NOSAVE goes down all the same)");
            context.Reply.Error("ERR Errors trying to SHUTDOWN. Check logs.");
        }
        else if (!abort)
        {
            context.Server.Shutdown = new ShutdownRequest(save ? true : noSave ? false : null, now, force);
            // The connection just closes: the reply is dropped.
            context.Session.ReplyMode = ReplyMode.Skip;
            context.Session.CloseAfterReply = true;
            context.Reply.Ok();
        }
        else if (context.Server.Shutdown == null)
        {
            context.Reply.Error("ERR No shutdown in progress.");
        }
        else
        {
            context.Server.Shutdown = null;
            context.Reply.Ok();
        }
    }
}
