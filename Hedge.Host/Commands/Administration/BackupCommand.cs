using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Storage.Backups;

namespace Hedge.Host.Commands.Administration;

internal sealed class BackupCommand : ICommand
{
    private const string Forbidden = "ERR HEDGE.BACKUP is forbidden: the setting backup-dir is empty";

    private const string WrongName = "ERR a backup's name has letters, digits, '-', '_', '.' and '+', at "
        + "most 128, no '.' at its beginning, and does not begin with 'log-' or end with '.part'";

    public static CommandSpec Spec { get; } = new("HEDGE.BACKUP", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoMulti,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "name [KEEP count] [FULL]",
        Since = "0.2.0",
        Group = "server",
        Complexity = "O(N) where N is the number of files that no backup has yet",
        Summary = "Makes a backup of all databases, as of one moment, and returns how large it is",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Progress is not SnapshotWait<Backup> wait)
        {
            if (OrderOf(context) is not { } order) return;
            if (context.Server.StartBackup(context.Storage!, order) is not { } started)
            {
                context.Reply.Error("ERR another backup is in progress");
                return;
            }

            context.Progress = wait = new SnapshotWait<Backup>(started);
        }

        if (wait.IsDone(context)) Tell(context, wait.Output);
    }

    private static BackupOrder? OrderOf(CommandContext context)
    {
        string directory = context.Server.Settings.Current.BackupDirectory;
        string name = Encoding.UTF8.GetString(context.Argument(1));
        bool isFull = false;
        long keep = 0;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "FULL"u8))
            {
                isFull = true;
            }
            else if (context.Is(i, "KEEP"u8) && i + 1 < context.ArgumentCount)
            {
                if (!context.TryInteger(++i, out keep)) return null;
                if (keep is < 1 or > int.MaxValue) return Refuse(context, "ERR KEEP must be at least 1");
            }
            else
            {
                return Refuse(context, ErrorText.Syntax);
            }
        }

        if (directory.Length == 0) return Refuse(context, Forbidden);
        if (!BackupSet.IsName(name)) return Refuse(context, WrongName);
        return new BackupOrder(directory, name, (int)keep, isFull,
            context.Server.Settings.Current.BackupBytesPerSecond, [FunctionStore.FileName]);
    }

    private static BackupOrder? Refuse(CommandContext context, string error)
    {
        context.Reply.Error(error);
        return null;
    }

    private static void Tell(CommandContext context, Backup backup)
    {
        context.Reply.MapHeader(5);
        context.Reply.BulkAscii("path");
        context.Reply.Bulk(Encoding.UTF8.GetBytes(backup.Path));
        Number("moment", backup.Milliseconds);
        Number("bytes", backup.Bytes);
        Number("new-bytes", backup.NewBytes);
        Number("checked-bytes", backup.CheckedBytes);

        void Number(string name, long value)
        {
            context.Reply.BulkAscii(name);
            context.Reply.Integer(value);
        }
    }
}
