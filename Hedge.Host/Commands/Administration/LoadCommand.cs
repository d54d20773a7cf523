using Hedge.Host.Declarations;
using Hedge.Storage.Loads;

namespace Hedge.Host.Commands.Administration;

internal sealed class LoadCommand : ICommand
{
    private const long PollMilliseconds = 10;

    private const string NotLogged = "ERR HEDGE.LOAD is not logged, so logs that are kept for backups would "
        + "not have what it loads: it is forbidden while backup-logs is yes";

    public static CommandSpec Spec { get; } = new("HEDGE.LOAD", 2,
        CommandFlags.Write | CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoMulti,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Syntax = "path",
        Since = "0.2.0",
        Group = "server",
        Complexity = "O(N) where N is the number of keys in the file",
        Summary = "Loads a file of sorted keys into the current database and returns their number",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Progress is not BulkLoad load)
        {
            if (TransferFile.Of(context) is not { } path) return;
            if (context.Server.Settings.Current.BackupLogs)
            {
                context.Reply.Error(NotLogged);
                return;
            }

            if (context.Server.StartLoad(context.Session.Database, path) is not { } started)
            {
                context.Reply.Error("ERR another load is in progress");
                return;
            }

            context.Progress = load = started;
        }

        if (!load.IsOver) context.RetryAt = context.NowMilliseconds + PollMilliseconds;
        else if (load.Failure is { } failure) context.Reply.Error($"ERR {failure}");
        else context.Reply.Integer(load.Records);
    }
}
