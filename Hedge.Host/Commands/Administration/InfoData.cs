using System.Globalization;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Storage.Backups;
using Hedge.Storage.Engines;

namespace Hedge.Host.Commands.Administration;

/// <summary>INFO's sections on the data: persistence and keyspace.</summary>
internal static class InfoData
{
    // Nothing is forked.
    private static readonly string[] Forks =
    [
        "current_cow_peak", "current_cow_size", "current_cow_size_age", "current_fork_perc",
        "current_save_keys_processed", "current_save_keys_total",
    ];

    public static void Persistence(CommandContext context, InfoText text)
    {
        ICheckpoints checkpoints = context.Server.Checkpoints;
        ServerStatistics all = context.Server.Statistics;
        Storage.Cores.CoreStorage? storage = context.Storage;
        IOException? failure = storage?.PartitionFailure ?? storage?.DirectoryFailure;
        string status = checkpoints.LastFailed || failure != null ? "err" : "ok";
        text.Line("loading", 0);
        text.Line("async_loading", 0);
        foreach (string fork in Forks) text.Line(fork, fork == "current_fork_perc" ? "0.00" : "0");
        text.Line("rdb_changes_since_last_save", all.Sum(c => c.Counters.ChangesSinceCheckpoint));
        text.Line("rdb_bgsave_in_progress", checkpoints.InProgress ? 1 : 0);
        text.Line("rdb_last_save_time", checkpoints.LastSaveSeconds);
        text.Line("rdb_last_bgsave_status", status);
        text.Line("rdb_last_bgsave_time_sec", checkpoints.LastDurationSeconds);
        text.Line("rdb_current_bgsave_time_sec", -1);
        text.Line("rdb_saves", checkpoints.Completed);
        text.Line("rdb_last_cow_size", 0);
        text.Line("rdb_last_load_keys_expired", 0);
        text.Line("rdb_last_load_keys_loaded", 0);
        text.Line("aof_enabled", 1);
        text.Line("aof_rewrite_in_progress", 0);
        text.Line("aof_rewrite_scheduled", 0);
        text.Line("aof_last_rewrite_time_sec", -1);
        text.Line("aof_current_rewrite_time_sec", -1);
        text.Line("aof_last_bgrewrite_status", "ok");
        text.Line("aof_rewrites", 0);
        text.Line("aof_rewrites_consecutive_failures", 0);
        string? write = context.Server.WriteFailure ?? storage?.DirectoryFailure?.Message;
        bool isFull = storage?.DiskLimit is { IsFull: true, IsSystem: true };
        text.Line("aof_last_write_status", write == null && !isFull ? "ok" : "err");
        text.Line("disk_error", write ?? failure?.Message ?? (isFull ? "No space left on device" : ""));
        text.Line("aof_last_cow_size", 0);
        text.Line("aof_current_size", all.Sum(c => c.Counters.LogBytes));
        text.Line("aof_buffer_length", all.Sum(c => c.Counters.LogBufferBytes));
        Backups(context.Server, text);
        text.Line("module_fork_in_progress", 0);
        text.Line("module_fork_last_cow_size", 0);
    }

    private static void Backups(Server server, InfoText text)
    {
        Backup? last = server.LastBackup();
        bool isRunning = last is { IsOver: false };
        text.Line("backup_in_progress", isRunning ? 1 : 0);
        text.Line("backup_bytes", last?.Bytes ?? 0);
        text.Line("backup_bytes_done", (last?.NewBytes ?? 0) + (last?.LinkedBytes ?? 0));
        text.Line("backup_new_bytes", last?.NewBytes ?? 0);
        text.Line("backup_checked_bytes", last?.CheckedBytes ?? 0);
        text.Line("backup_last_status", last?.Failure is null ? "ok" : "err");
        text.Line("backup_last_error", last?.Failure ?? "");
        text.Line("backup_last_time", last is { IsOver: true, Failure: null } ? last.Milliseconds / 1000 : 0);
        ArchiveFigures archive = server.Archive();
        text.Line("backup_logs_enabled", archive.IsOn ? 1 : 0);
        text.Line("backup_logs_status", archive.Failure is null ? "ok" : "err");
        text.Line("backup_logs_error", archive.Failure ?? "");
        text.Line("backup_logs_gaps", archive.Gaps);
    }

    public static void Keyspace(CommandContext context, InfoText text)
    {
        for (int database = 0; database < context.Databases.Count; database++)
        {
            long keys = context.Databases.ApproximateKeys(database);
            if (keys == 0) continue;
            long expires = context.Databases.ApproximateExpires(database);
            long ttl = context.Databases.AverageTtl(database, context.NowMilliseconds);
            text.Line(string.Create(CultureInfo.InvariantCulture, $"db{database}"),
                string.Create(CultureInfo.InvariantCulture, $"keys={keys},expires={expires},avg_ttl={ttl}"));
        }
    }
}
