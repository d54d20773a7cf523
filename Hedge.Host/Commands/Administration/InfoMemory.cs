using System.Globalization;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Administration;

/// <summary>INFO's section on memory. The C library's allocator tells nothing of itself, so its fields
/// compare what is in use with what is resident, as Redis's do with that allocator.</summary>
internal static class InfoMemory
{
    public static void Write(CommandContext context, InfoText text)
    {
        var figures = new MemoryFigures(context);
        text.Bytes("used_memory", figures.UsedBytes);
        text.Bytes("used_memory_rss", figures.ResidentBytes);
        text.Bytes("used_memory_peak", figures.PeakBytes);
        text.Line("used_memory_peak_perc", Percent(100.0 * figures.UsedBytes / figures.PeakBytes));
        text.Line("used_memory_overhead", figures.OverheadBytes);
        text.Line("used_memory_startup", figures.StartupBytes);
        text.Line("used_memory_dataset", figures.DatasetBytes);
        text.Line("used_memory_dataset_perc", Percent(figures.DatasetPercent));
        text.Line("used_memory_managed", figures.ManagedBytes);
        text.Line("used_memory_records", figures.RecordBytes);
        text.Line("used_memory_tables", figures.TableBytes);
        text.Line("used_memory_filters", figures.FilterBytes);
        text.Line("used_memory_block_cache", figures.BlockCacheBytes);
        text.Line("allocator_allocated", figures.UsedBytes);
        text.Line("allocator_active", figures.ResidentBytes);
        text.Line("allocator_resident", figures.ResidentBytes);
        text.Bytes("total_system_memory", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Scripts(context, text, figures.ScriptMachineBytes);
        ServerSettings settings = context.Server.Settings.Current;
        text.Bytes("maxmemory", figures.BudgetBytes);
        text.Line("maxmemory_policy", settings.Text(EvictionDeclarations.MaxMemoryPolicy));
        text.Bytes("maxdisk", settings.MaxDiskBytes);
        text.Bytes("used_disk", context.Storage?.DiskLimit.UsedBytes ?? 0);
        Fragmentation(text, figures);
        text.Line("mem_not_counted_for_evict", 0);
        text.Line("mem_replication_backlog", 0);
        text.Line("mem_total_replication_buffers", 0);
        text.Line("mem_clients_slaves", 0);
        text.Line("mem_clients_normal", figures.ClientBytes);
        text.Line("mem_cluster_links", 0);
        text.Line("mem_aof_buffer", figures.LogBufferBytes);
        text.Line("mem_allocator", "libc");
        text.Line("active_defrag_running", 0);
        text.Line("lazyfree_pending_objects", 0);
        text.Line("lazyfreed_objects", 0);
    }

    // Scripts and functions run on the same machines.
    private static void Scripts(CommandContext context, InfoText text, long machineBytes)
    {
        Server server = context.Server;
        FunctionTable functions = server.Functions.Current;
        text.Bytes("used_memory_lua", machineBytes);
        text.Line("used_memory_vm_eval", machineBytes);
        text.Line("used_memory_scripts_eval", server.Scripts.Bytes);
        text.Line("number_of_cached_scripts", server.Scripts.Count);
        text.Line("number_of_functions", functions.FunctionCount);
        text.Line("number_of_libraries", functions.Libraries.Count);
        text.Line("used_memory_vm_functions", 0);
        text.Bytes("used_memory_vm_total", machineBytes);
        text.Line("used_memory_functions", functions.Bytes);
        text.Bytes("used_memory_scripts", server.Scripts.Bytes + functions.Bytes);
    }

    private static void Fragmentation(InfoText text, MemoryFigures figures)
    {
        text.Line("allocator_frag_ratio", figures.FragmentationRatio);
        text.Line("allocator_frag_bytes", figures.FragmentationBytes);
        text.Line("allocator_rss_ratio", 1.0);
        text.Line("allocator_rss_bytes", 0);
        text.Line("rss_overhead_ratio", 1.0);
        text.Line("rss_overhead_bytes", 0);
        text.Line("mem_fragmentation_ratio", figures.FragmentationRatio);
        text.Line("mem_fragmentation_bytes", figures.FragmentationBytes);
    }

    private static string Percent(double percent) =>
        string.Create(CultureInfo.InvariantCulture, $"{percent:0.00}%");
}
