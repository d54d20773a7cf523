namespace Hedge.Storage.Keys;

/// <summary>What the engine stores at most.</summary>
public static class KeyLimits
{
    /// <summary>Longest user key, in bytes.</summary>
    public const int KeyBytesMax = 65_535;

    /// <summary>Longest value, in bytes (512 MiB, as Redis's strings).</summary>
    public const int ValueBytesMax = 512 * 1024 * 1024;
}
