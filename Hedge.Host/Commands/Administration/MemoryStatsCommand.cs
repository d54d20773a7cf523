using System.Text;
using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryStatsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|STATS", 2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show memory usage details",
        Tips = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    };

    public static void Execute(CommandContext context)
    {
        var figures = new MemoryFigures(context);
        (string Name, double Value, bool IsShare)[] entries =
        [
            ("peak.allocated", figures.PeakBytes, false),
            ("total.allocated", figures.UsedBytes, false),
            ("startup.allocated", figures.StartupBytes, false),
            ("replication.backlog", 0, false),
            ("clients.slaves", 0, false),
            ("clients.normal", figures.ClientBytes, false),
            ("cluster.links", 0, false),
            ("aof.buffer", figures.LogBufferBytes, false),
            ("lua.caches", 0, false),
            ("functions.caches", 0, false),
            ("overhead.total", figures.OverheadBytes, false),
            ("keys.count", figures.KeyCount, false),
            ("keys.bytes-per-key", figures.DatasetBytes / Math.Max(1, figures.KeyCount), false),
            ("dataset.bytes", figures.DatasetBytes, false),
            ("dataset.percentage", figures.DatasetPercent, true),
            ("peak.percentage", 100.0 * figures.UsedBytes / figures.PeakBytes, true),
            ("allocator.allocated", figures.UsedBytes, false),
            ("allocator.active", figures.ResidentBytes, false),
            ("allocator.resident", figures.ResidentBytes, false),
            ("allocator-fragmentation.ratio", figures.FragmentationRatio, true),
            ("allocator-fragmentation.bytes", figures.FragmentationBytes, false),
            ("allocator-rss.ratio", 1, true),
            ("allocator-rss.bytes", 0, false),
            ("rss-overhead.ratio", 1, true),
            ("rss-overhead.bytes", 0, false),
            ("fragmentation", figures.FragmentationRatio, true),
            ("fragmentation.bytes", figures.FragmentationBytes, false),
            ("managed.bytes", figures.ManagedBytes, false),
            ("records.bytes", figures.RecordBytes, false),
            ("tables.bytes", figures.TableBytes, false),
            ("filters.bytes", figures.FilterBytes, false),
            ("blockcache.bytes", figures.BlockCacheBytes, false),
        ];
        RespWriter reply = context.Reply;
        reply.MapHeader(entries.Length);
        foreach ((string name, double value, bool isShare) in entries)
        {
            reply.Bulk(Encoding.ASCII.GetBytes(name));
            if (isShare) reply.Double(value);
            else reply.Integer((long)value);
        }
    }
}
