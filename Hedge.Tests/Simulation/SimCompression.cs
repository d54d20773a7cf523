using Hedge.Storage.Io.Compressions;

namespace Hedge.Tests.Simulation;

/// <summary>How runs are compressed is left to chance, so that all kinds stand side by side.</summary>
internal static class SimCompression
{
    /// <summary>One of those that this machine has.</summary>
    public static BlockCompression Pick(SimSeed seed)
    {
        var compression = (BlockCompression)seed.Below(3);
        return CompressionLibrary.IsThere(compression) ? compression : BlockCompression.None;
    }
}
