using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class FlushDbCommand : ICommand
{
    public static CommandSpec Spec { get; } = FlushAllCommand.Spec with
    {
        Name = "FLUSHDB",
        Complexity = "O(N) where N is the number of keys in the selected database",
        Summary = "Remove all keys from the current database",
    };

    public static void Execute(CommandContext context)
    {
        if (!FlushAllCommand.TryReadMode(context)) return;
        context.Databases.Flush(context.Session.Database, 1);
        context.Reply.Ok();
    }
}
