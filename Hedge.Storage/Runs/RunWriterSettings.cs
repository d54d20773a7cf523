using Hedge.Storage.Filters;
using Hedge.Storage.Io.Compressions;

namespace Hedge.Storage.Runs;

/// <summary>What a run's writer should know about the run and the partition.</summary>
internal sealed class RunWriterSettings
{
    /// <summary>The most keys that will be added. It determines the filter's memory in a large
    /// run.</summary>
    public long KeysMax { get; init; } = long.MaxValue;

    /// <summary>The filters of the partition's other runs, without those that this run replaces.</summary>
    public FilterLoad[] OtherFilters { get; init; } = [];

    /// <summary>The compression of blocks; its library must be present.</summary>
    public BlockCompression Compression { get; init; }
}
