using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class BgRewriteAofCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BGREWRITEAOF", 1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Asynchronously rewrite the append-only file",
    };

    // What Redis rewrites its log for, a checkpoint does: the log is short after it, and the next start
    // quick.
    public static void Execute(CommandContext context)
    {
        if (context.Server.Checkpoints.InProgress)
        {
            context.Reply.Error("ERR Background append only file rewriting already in progress");
            return;
        }

        context.Server.Checkpoints.Start();
        context.Reply.SimpleString("Background append only file rewriting started");
    }
}
