using System.Globalization;
using System.Text;

namespace Hedge.Host.Commands.Administration;

/// <summary>DEBUG JMAP: where the process's memory is.</summary>
internal static class DebugMemory
{
    /// <summary>Replies with the report.</summary>
    public static void Report(CommandContext context)
    {
        GCMemoryInfo heap = GC.GetGCMemoryInfo();
        var figures = new MemoryFigures(context);
        var text = new StringBuilder();
        text.Append("# Managed heap (bytes; generations as of the last collection)\n");
        Line(text, "in_use", figures.ManagedBytes);
        Line(text, "allocated_ever", GC.GetTotalAllocatedBytes());
        Line(text, "committed", heap.TotalCommittedBytes);
        Line(text, "fragmented", heap.FragmentedBytes);
        string[] names = ["generation_0", "generation_1", "generation_2", "large_objects", "pinned_objects"];
        ReadOnlySpan<GCGenerationInfo> generations = heap.GenerationInfo;
        for (int i = 0; i < generations.Length && i < names.Length; i++)
            Line(text, names[i], generations[i].SizeAfterBytes);
        for (int i = 0; i <= GC.MaxGeneration; i++) Line(text, $"collections_{i}", GC.CollectionCount(i));
        Line(text, "pause_microseconds", (long)GC.GetTotalPauseDuration().TotalMicroseconds);
        Line(text, "last_pause_microseconds", (long)heap.PauseDurations[0].TotalMicroseconds);
        text.Append("# Native memory of the cores (bytes; as of their last tick)\n");
        Line(text, "records", figures.RecordBytes);
        Line(text, "tables", figures.TableBytes);
        Line(text, "filters_and_indexes", figures.FilterBytes);
        Line(text, "block_caches", figures.BlockCacheBytes);
        Line(text, "log_buffers", figures.LogBufferBytes);
        Line(text, "clients", figures.ClientBytes);
        text.Append("# Process (bytes)\n");
        Line(text, "resident", figures.ResidentBytes);
        context.Reply.Verbatim("txt", Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static void Line(StringBuilder text, string name, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}:{value}\n");
}
