using Hedge.Host.Servers;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

/// <summary>What INFO and MEMORY tell about memory, taken at one moment. Bytes.</summary>
internal sealed class MemoryFigures
{
    /// <summary>For a command.</summary>
    public MemoryFigures(CommandContext context)
        : this(context.Server, context.Databases, context.RefreshFigures)
    {
    }

    /// <summary>Those of now, or of the cores' last tick. Any thread.</summary>
    /// <param name="server">The server.</param>
    /// <param name="databases">The databases.</param>
    /// <param name="refresh">Brings the calling core's up to date.</param>
    public MemoryFigures(Server server, IDatabases databases, Action? refresh = null)
    {
        refresh?.Invoke();
        ServerStatistics statistics = server.Statistics;
        UsedBytes = statistics.UsedMemoryBytes();
        PeakBytes = statistics.PeakMemoryBytes;
        BudgetBytes = server.Settings.Current.MemoryBudgetBytes;
        ResidentBytes = Math.Max(UsedBytes, Environment.WorkingSet);
        ManagedBytes = Math.Min(UsedBytes, ServerStatistics.ManagedBytes());
        StartupBytes = Math.Min(UsedBytes, statistics.StartupMemoryBytes);
        RecordBytes = statistics.Sum(c => c.Counters.RecordBytes);
        TableBytes = statistics.Sum(c => c.Counters.TableBytes);
        FilterBytes = statistics.Sum(c => c.Counters.FilterBytes);
        BlockCacheBytes = statistics.Sum(c => c.Counters.BlockCacheBytes);
        ScriptMachineBytes = statistics.Sum(c => c.Counters.ScriptMachineBytes);
        LogBufferBytes = statistics.Sum(c => c.Counters.LogBufferBytes);
        ClientBytes = statistics.Sum(c => c.Counters.ClientBytes);
        for (int database = 0; database < databases.Count; database++)
            KeyCount += databases.ApproximateKeys(database);
    }

    /// <summary>Native memory of the cores and the managed heap; not more than is resident.</summary>
    public long UsedBytes { get; }

    /// <summary>What of it was in use when the server began to listen.</summary>
    public long StartupBytes { get; }

    public long PeakBytes { get; }

    /// <summary>maxmemory, or what stands for it.</summary>
    public long BudgetBytes { get; }

    public long ResidentBytes { get; }

    public long ManagedBytes { get; }

    public long RecordBytes { get; }

    public long TableBytes { get; }

    public long FilterBytes { get; }

    public long BlockCacheBytes { get; }

    public long LogBufferBytes { get; }

    public long ScriptMachineBytes { get; }

    public long ClientBytes { get; }

    public long KeyCount { get; }

    /// <summary>Memory that holds keys and values.</summary>
    public long DatasetBytes => Math.Min(UsedBytes, RecordBytes + BlockCacheBytes);

    /// <summary>Its part of what was taken since the start, in percent.</summary>
    public double DatasetPercent =>
        Math.Min(100, 100.0 * DatasetBytes / Math.Max(1, UsedBytes - StartupBytes));

    /// <summary>What is resident beyond what is in use.</summary>
    public long FragmentationBytes => ResidentBytes - UsedBytes;

    public double FragmentationRatio => (double)ResidentBytes / Math.Max(1, UsedBytes);

    public long OverheadBytes => UsedBytes - DatasetBytes;
}
