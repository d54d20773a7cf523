using Hedge.Host.Declarations;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands.Administration;

internal sealed class ExportCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEDGE.EXPORT", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoMulti,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "path",
        Since = "0.2.0",
        Group = "server",
        Complexity = "O(N) where N is the number of keys of all databases",
        Summary = "Writes all keys of the current database, as of one moment, into a file for HEDGE.LOAD",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Progress is not SnapshotWait<Export> wait)
        {
            if (TransferFile.Of(context) is not { } path) return;
            if (Start(context, path) is not { } started)
            {
                context.Reply.Error("ERR another export is in progress");
                return;
            }

            context.Progress = wait = new SnapshotWait<Export>(started);
        }

        if (wait.IsDone(context)) context.Reply.Ok();
    }

    private static Export? Start(CommandContext context, TransferPath path) =>
        context.Server.StartExport(context.Storage!, context.Session.Database, path);
}
