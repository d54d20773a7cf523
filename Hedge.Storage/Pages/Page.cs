namespace Hedge.Storage.Pages;

/// <summary>The unit of the files that are read past the system's page cache (O_DIRECT).</summary>
internal static class Page
{
    /// <summary>Its size in bytes. Every unit of a run file or value file begins and ends at a multiple of
    /// it.</summary>
    public const int Bytes = 4096;

    /// <summary><paramref name="bytes"/> rounded up to whole pages.</summary>
    public static long RoundUp(long bytes) => (bytes + Bytes - 1) & -Bytes;
}
