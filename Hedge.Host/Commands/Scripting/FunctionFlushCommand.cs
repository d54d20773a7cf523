using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionFlushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|FLUSH", -2,
        CommandFlags.Write | CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "[ASYNC | SYNC]",
        Arguments = "async async sync",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(N) where N is the number of functions deleted",
        Summary = "Deleting all functions",
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
        }
        else if (context.ArgumentCount == 3 && !context.Is(2, "ASYNC"u8) && !context.Is(2, "SYNC"u8))
        {
            context.Reply.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
        }
        else if (FunctionChange.Begin(context) is { } change)
        {
            change.Commit(context, FunctionTable.Empty, null);
        }
    }
}
