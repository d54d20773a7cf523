using System.CommandLine;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Backups;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge restore": a data directory of a backup and the logs kept since.</summary>
internal static class RestoreSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        Argument<string> source = new("BACKUP")
        {
            Description = "A backup, or a directory of backups, of which the newest that is old enough is "
                + "taken.",
        };
        Argument<string> target = new("DIR") { Description = "The new data directory: missing or empty." };
        Option<string?> until = new("--until")
        {
            Description = "Restore nothing newer than this: 2026-11-30T12:34:56 (UTC; a zone may follow, as "
                + "+01:00), or Unix seconds. By default all there is.",
            HelpName = "time",
        };
        Option<string?> logs = new("--logs")
        {
            Description = "The directory that has the logs that were kept; by default beside the backup.",
            HelpName = "directory",
        };
        Option<bool> noLogs = new("--no-logs") { Description = "Restore the backup's own moment." };
        Option<bool> link = new("--link")
        {
            Description = "Give files a second name instead of copying them, where the file system can: it "
                + "is done at once, but damage to a file concerns both.",
        };
        Option<bool> noCheck = new("--no-check") { Description = "Leave out the check afterwards." };
        Option<long> memory = CheckSubcommand.MemoryOption();
        Option<bool> quiet = new("--quiet") { Description = "No progress on the error stream." };
        Command restore = new("restore", "Makes a data directory of a backup, and checks it.\nExit code: 0 "
            + "all is there, 1 it could not be done, 2 some logs are missing, or the check found damage.")
        {
            source, target, until, logs, noLogs, link, noCheck, memory, quiet,
        };
        restore.SetAction(parsed =>
        {
            InvocationConfiguration invocation = parsed.InvocationConfiguration;
            ToolProgress progress = ToolProgress.Of(invocation.Error, parsed.GetValue(quiet));
            long? wanted = null;
            if (parsed.GetValue(until) is { } text)
            {
                if (!ToolTime.TryParse(text, out long milliseconds))
                {
                    progress.Warn($"hedge restore: \"{text}\" is no time, as 2026-11-30T12:34:56 is");
                    return ToolExit.Failed;
                }

                wanted = milliseconds;
            }

            RestoreWords words = new(parsed.GetRequiredValue(source), parsed.GetRequiredValue(target), wanted,
                parsed.GetValue(logs), !parsed.GetValue(noLogs), parsed.GetValue(link),
                !parsed.GetValue(noCheck), parsed.GetValue(memory));
            return RestoreTool.Run(words, invocation.Output, progress);
        });
        return restore;
    }
}
