namespace Hedge.Storage.Cores;

/// <summary>Why a partition's background work failed the last time; each null after a success.</summary>
internal sealed class PartitionFailures
{
    /// <summary>The last flush.</summary>
    public IOException? Flush { get; set; }

    /// <summary>The last merge.</summary>
    public IOException? Merge { get; set; }

    /// <summary>The last save of the manifest.</summary>
    public IOException? Manifest { get; set; }
}
