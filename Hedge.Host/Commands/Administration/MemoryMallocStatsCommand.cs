using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryMallocStatsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|MALLOC-STATS", 2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "Depends on how much memory is allocated, could be slow",
        Summary = "Show allocator internal stats",
        Tips = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    };

    public static void Execute(CommandContext context)
    {
        GCMemoryInfo heap = GC.GetGCMemoryInfo();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"managed heap: {heap.HeapSizeBytes} bytes, ");
        text.Append(CultureInfo.InvariantCulture, $"{heap.FragmentedBytes} of them free, ");
        text.Append(CultureInfo.InvariantCulture, $"{heap.TotalCommittedBytes} committed\n");
        text.Append(CultureInfo.InvariantCulture, $"collections: {GC.CollectionCount(0)} of generation 0, ");
        text.Append(CultureInfo.InvariantCulture,
            $"{GC.CollectionCount(1)} of 1, {GC.CollectionCount(2)} of 2, ");
        text.Append(CultureInfo.InvariantCulture,
            $"{GC.GetTotalPauseDuration().TotalMilliseconds:0.0} ms in pauses\n");
        for (int i = 0; i < context.Server.Statistics.Cores.Count; i++)
        {
            ref var counters = ref context.Server.Statistics[i].Counters;
            text.Append(CultureInfo.InvariantCulture, $"core {i}: records {counters.RecordBytes} bytes, ");
            text.Append(CultureInfo.InvariantCulture,
                $"tables {counters.TableBytes}, filters {counters.FilterBytes}, ");
            text.Append(CultureInfo.InvariantCulture, $"block cache {counters.BlockCacheBytes}, ");
            text.Append(CultureInfo.InvariantCulture, $"log buffers {counters.LogBufferBytes}, clients ");
            text.Append(CultureInfo.InvariantCulture,
                $"{counters.ClientInputBytes + counters.ClientOutputBytes}\n");
        }

        context.Reply.Verbatim("txt", Encoding.UTF8.GetBytes(text.ToString()));
    }
}
