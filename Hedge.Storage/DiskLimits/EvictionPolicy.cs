namespace Hedge.Storage.DiskLimits;

/// <summary>Which keys are deleted when the disk limit is reached; Redis's maxmemory-policy.</summary>
public enum EvictionPolicy
{
    /// <summary>None: writes are refused.</summary>
    NoEviction,

    /// <summary>Of all keys those not used for longest.</summary>
    AllKeysLru,

    /// <summary>Of all keys those used least often.</summary>
    AllKeysLfu,

    /// <summary>Any.</summary>
    AllKeysRandom,

    /// <summary>Of the keys with an expiry those not used for longest.</summary>
    VolatileLru,

    /// <summary>Of the keys with an expiry those used least often.</summary>
    VolatileLfu,

    /// <summary>Any with an expiry.</summary>
    VolatileRandom,

    /// <summary>Those that expire first.</summary>
    VolatileTtl,
}
