using Hedge.Storage.DiskLimits;

namespace Hedge.Host.Settings;

/// <summary>One of Redis's eviction policies, by its name there.</summary>
public sealed class EvictionPolicySetting(string name)
    : Setting<EvictionPolicy>(name, EvictionPolicy.NoEviction)
{
    private static readonly (string Word, EvictionPolicy Policy)[] Words =
    [
        ("volatile-lru", EvictionPolicy.VolatileLru),
        ("volatile-lfu", EvictionPolicy.VolatileLfu),
        ("volatile-random", EvictionPolicy.VolatileRandom),
        ("volatile-ttl", EvictionPolicy.VolatileTtl),
        ("allkeys-lru", EvictionPolicy.AllKeysLru),
        ("allkeys-lfu", EvictionPolicy.AllKeysLfu),
        ("allkeys-random", EvictionPolicy.AllKeysRandom),
        ("noeviction", EvictionPolicy.NoEviction),
    ];

    /// <inheritdoc/>
    public override string Kind => "choice";

    /// <inheritdoc/>
    public override string Allowed => string.Join(", ", Words.Select(word => word.Word));

    private protected override bool TryParse(string text, EvictionPolicy current, out EvictionPolicy value,
        out string problem)
    {
        problem = $"argument(s) must be one of the following: {Allowed}";
        int index = Array.FindIndex(Words, w => w.Word.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index < 0 ? default : Words[index].Policy;
        return index >= 0;
    }

    private protected override string FormatValue(EvictionPolicy value) =>
        Array.Find(Words, word => word.Policy == value).Word;
}
