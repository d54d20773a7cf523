using System.CommandLine;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Backups;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge backup": has a server make a backup of all it holds.</summary>
internal static class BackupSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        var name = new Option<string?>("--name")
        {
            Description = "The backup's name in the server's backup-dir; by default the time.",
            HelpName = "name",
        };
        var keep = new Option<int>("--keep")
        {
            Description = "How many backups there are to be afterwards: the oldest are deleted, with the "
                + "kept logs that only they need. By default none is.",
            HelpName = "count",
        };
        var full = new Option<bool>("--full")
        {
            Description = "Take no file from an earlier backup.",
        };
        var shared = new ToolOptions("back up", makesDirectory: false);
        var backup = new Command("backup", "Has a server make a backup of all databases, as they are at one "
            + "moment, in its backup-dir. Files that an earlier backup has are not copied again.")
        {
            name, keep, full,
        };
        shared.AddTo(backup);
        backup.SetAction(async (parsed, _) =>
        {
            ToolProgress progress = shared.Progress(parsed);
            BackupWords words = new(parsed.GetValue(name), parsed.GetValue(keep), parsed.GetValue(full));
            return await shared.RunAsync(parsed, progress, server => BackupTool.Run(server,
                shared.Tls(parsed), words, parsed.InvocationConfiguration.Output, progress));
        });
        return backup;
    }
}
