using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class BgSaveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BGSAVE", -1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "[SCHEDULE]",
        Arguments = "schedule@3.2.2",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Asynchronously save the dataset to disk",
        History =
        [
            ("3.2.2", "Added the `SCHEDULE` option."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 2 || (context.ArgumentCount == 2 && !context.Is(1, "SCHEDULE"u8)))
        {
            context.Reply.Error(ErrorText.Syntax);
        }
        else if (context.Server.Checkpoints.InProgress)
        {
            context.Reply.Error(SaveCommand.InProgress);
        }
        else
        {
            context.Server.Checkpoints.Start();
            context.Reply.SimpleString("Background saving started");
        }
    }
}
