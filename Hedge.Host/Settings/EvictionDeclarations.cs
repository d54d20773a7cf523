namespace Hedge.Host.Settings;

/// <summary>Which keys go when they expire or when the disk is full, and how fast.</summary>
internal static class EvictionDeclarations
{
    public static readonly EvictionPolicySetting MaxMemoryPolicy = new("maxmemory-policy")
    {
        Summary = "What happens when maxdisk is reached: noeviction refuses writes that need room, the "
            + "others delete keys.",
    };

    public static readonly IntegerSetting MaxMemorySamples = new("maxmemory-samples", 5, 1, 64)
    {
        Summary = "Keys in memory of which the best one is chosen to be evicted.",
    };

    public static readonly ShareSetting MaxMemoryClients = new("maxmemory-clients")
    {
        Summary = "Memory of all clients together, in bytes or percents of maxmemory, above which those with "
            + "most of it are disconnected, except after CLIENT NO-EVICT; 0 for no limit.",
    };

    public static readonly IntegerSetting LfuLogFactor = new("lfu-log-factor", 10, 0, int.MaxValue)
    {
        Summary = "How much rarer a further step of a key's access counter gets with each step, under the "
            + "policies lfu.",
    };

    public static readonly IntegerSetting LfuDecayTime = new("lfu-decay-time", 1, 0, int.MaxValue)
    {
        Summary = "Minutes without an access after which the access counter loses one; 0 for never.",
    };

    public static readonly IntegerSetting ActiveExpireEffort = new("active-expire-effort", 1, 1, 10)
    {
        Summary = "How many expired keys are removed in one go: 400 times this number for each partition.",
    };
}
