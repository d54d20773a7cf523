namespace Hedge.Storage.Cores;

/// <summary>What one core's storage has done so far. Written by the core, readable (roughly) by
/// any.</summary>
public sealed class StorageCounters
{
    /// <summary>Keys removed because their time had come.</summary>
    public long ExpiredKeys { get; internal set; }

    /// <summary>Fields of hashes removed because their time had come.</summary>
    public long ExpiredFields { get; internal set; }

    /// <summary>Keys deleted for room on disk.</summary>
    public long EvictedKeys { get; internal set; }

    /// <summary>Clean records dropped from memory.</summary>
    public long EvictedRecords { get; internal set; }

    /// <summary>Look-ups that were answered from memory.</summary>
    public long MemoryHits { get; internal set; }

    /// <summary>Look-ups that the runs' filters answered with "absent".</summary>
    public long FilteredAbsences { get; internal set; }

    /// <summary>Look-ups that were answered by the runs or their filters.</summary>
    public long RunLookups { get; internal set; }

    /// <summary>Keys that scans have stood on, removed and expired ones too.</summary>
    public long ScanSteps { get; internal set; }

    /// <summary>Changes made.</summary>
    public long Changes { get; internal set; }

    /// <summary>Bytes of the keys and values in them, as the user sees them.</summary>
    public long UserBytes { get; internal set; }
}
