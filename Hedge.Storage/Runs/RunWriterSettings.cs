using Hedge.Storage.Filters;
using Hedge.Storage.Io.Compressions;

namespace Hedge.Storage.Runs;

/// <summary>What a run's writer should know of what it will write and of the partition.</summary>
internal sealed class RunWriterSettings
{
    /// <summary>More keys than this are never added; the filter's memory goes by it in a large run.</summary>
    public long KeysMax { get; init; } = long.MaxValue;

    /// <summary>The filters of the partition's other runs, those this one replaces left out.</summary>
    public FilterLoad[] OtherFilters { get; init; } = [];

    /// <summary>How blocks are compressed; the library is there.</summary>
    public BlockCompression Compression { get; init; }
}
