using Hedge.Storage.Records;

namespace Hedge.Storage.Cores;

/// <summary>How a core counts the use of keys, and how fast expired ones go. The host sets it.</summary>
public sealed class KeyUpkeep
{
    /// <summary>True to keep access frequencies (OBJECT FREQ, LFU policies).</summary>
    public bool CountsFrequency { get; set; }

    /// <summary>How access frequencies rise and fall.</summary>
    public FrequencyRules Frequencies { get; set; } = FrequencyRules.Default;

    /// <summary>How many times as many expired keys as usual go at once, 1 to 10.</summary>
    public int ExpiryEffort { get; set; } = 1;
}
