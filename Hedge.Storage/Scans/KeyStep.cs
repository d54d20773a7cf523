namespace Hedge.Storage.Scans;

/// <summary>What a step of a key scan, or a random choice, found.</summary>
public enum KeyStep
{
    /// <summary>A key.</summary>
    Key,

    /// <summary>No more keys in the partition's database.</summary>
    End,

    /// <summary>A block must be read first; it is among the core's misses.</summary>
    NotResident,
}
