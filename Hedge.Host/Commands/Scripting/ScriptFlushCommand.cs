using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptFlushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|FLUSH", -2,
        CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "[ASYNC | SYNC]",
        Arguments = "async@6.2.0 async sync",
        History = [("6.2.0", "Added the `ASYNC` and `SYNC` flushing mode modifiers.")],
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "O(N) with N being the number of scripts in cache",
        Summary = "Remove all the scripts from the script cache.",
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3
            || (context.ArgumentCount == 3 && !context.Is(2, "ASYNC"u8) && !context.Is(2, "SYNC"u8)))
        {
            context.Reply.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
            return;
        }

        context.Server.Scripts.Clear();
        context.Reply.Ok();
    }
}
