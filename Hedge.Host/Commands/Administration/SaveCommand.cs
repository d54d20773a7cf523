using Hedge.Host.Declarations;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Administration;

internal sealed class SaveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SAVE", 1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti,
        AclCategory.None)
    {
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(N) where N is the total number of keys in all databases",
        Summary = "Synchronously save the dataset to disk",
    };

    private const long PollMilliseconds = 10;

    internal const string InProgress = "ERR Background save already in progress";

    public static void Execute(CommandContext context)
    {
        ICheckpoints checkpoints = context.Server.Checkpoints;
        if (context.Progress is not long checkpoint)
        {
            if (checkpoints.InProgress)
            {
                context.Reply.Error(InProgress);
                return;
            }

            checkpoint = checkpoints.Start();
            context.Progress = checkpoint;
        }

        if (!checkpoints.HasEnded(checkpoint, out bool succeeded))
            context.RetryAt = context.NowMilliseconds + PollMilliseconds;
        else if (succeeded) context.Reply.Ok();
        else context.Reply.Error("ERR");
    }
}
