using System.Globalization;
using Hedge.Resp.Clients;

namespace Hedge.Host.Tools.Backups;

/// <summary>What "hedge backup" is told.</summary>
/// <param name="Name">The backup's name; null for the time.</param>
/// <param name="Keep">How many backups there are to be afterwards; 0 for any number.</param>
/// <param name="IsFull">True to take no file from an earlier backup.</param>
internal sealed record BackupWords(string? Name, int Keep, bool IsFull);

/// <summary>"hedge backup": has a running server make a backup (<c>docs/backup.md</c>), and tells how far it
/// is.</summary>
internal static class BackupTool
{
    private const int PollMilliseconds = 200;

    /// <summary>Runs it.</summary>
    /// <returns>An exit code (<see cref="ToolExit"/>).</returns>
    public static int Run(
        ServerAddress address, ToolTls tls, BackupWords words, TextWriter output, ToolProgress progress)
    {
        try
        {
            using var connection = ToolConnection.Open(address, tls);
            using var watcher = ToolConnection.Open(address, tls);
            string name = words.Name ?? DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'",
                CultureInfo.InvariantCulture);
            List<string> request = ["HEDGE.BACKUP", name];
            if (words.Keep > 0)
                request.AddRange(["KEEP", words.Keep.ToString(CultureInfo.InvariantCulture)]);
            if (words.IsFull) request.Add("FULL");
            Task<RespValue> reply = Task.Run(() => connection.Require([.. request]));
            while (!reply.Wait(PollMilliseconds)) Tell(watcher, progress);
            progress.End();
            Write(reply.Result, output, progress);
            return ToolExit.Done;
        }
        catch (AggregateException problem) when (problem.InnerException is ToolException or IOException)
        {
            return Fail(problem.InnerException, progress);
        }
        catch (Exception problem) when (problem is ToolException or IOException)
        {
            return Fail(problem, progress);
        }
    }

    private static int Fail(Exception problem, ToolProgress progress)
    {
        progress.Warn($"hedge backup: {problem.Message}");
        return ToolExit.Failed;
    }

    private static void Tell(ToolConnection watcher, ToolProgress progress)
    {
        Dictionary<string, string> info = [];
        foreach (string line in watcher.Require("INFO", "persistence").Text.Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) info[line[..colon]] = line[(colon + 1)..];
        }

        progress.Tell("bytes backed up", Number("backup_bytes_done"), Number("backup_bytes"));

        long Number(string name) => long.TryParse(info.GetValueOrDefault(name), NumberStyles.None,
            CultureInfo.InvariantCulture, out long number) ? number : 0;
    }

    private static void Write(RespValue reply, TextWriter output, ToolProgress progress)
    {
        for (int i = 0; i + 1 < reply.Children.Count; i += 2)
        {
            string name = reply[i].Text;
            RespValue value = reply[i + 1];
            string text = name == "moment" ? ToolTime.Format(value.Integer)
                : value.Kind == RespKind.Integer ? value.Integer.ToString(CultureInfo.InvariantCulture)
                : value.Text;
            output.WriteLine($"{name}: {text}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seconds: {progress.Elapsed.TotalSeconds:F1}"));
    }
}
