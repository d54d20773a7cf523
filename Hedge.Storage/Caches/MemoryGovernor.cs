namespace Hedge.Storage.Caches;

/// <summary>Divides the process's memory: records get what nothing else needs.</summary>
/// <remarks>
/// Everything else (filters, block caches, log and client buffers, the runtime, the waste of allocators) is
/// measured, not added up: it is what is resident and not the records'. The share falls at once and rises
/// slowly, so that there is room for memory that comes and goes, such as a compaction's buffers. What the
/// records cannot give without falling below their least share, the block caches give (<see
/// cref="CacheBalance.Yield"/>).
/// </remarks>
internal static class MemoryGovernor
{
    private const int LeastDivisor = 4;
    private const int RiseDivisor = 256;

    /// <summary>What the records may take from now on.</summary>
    /// <param name="shareBytes">What they may take at present.</param>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="residentBytes">What it takes.</param>
    /// <param name="heldBytes">What of that the records take.</param>
    public static long Share(long shareBytes, long budgetBytes, long residentBytes, long heldBytes)
    {
        long left = Left(budgetBytes, residentBytes, heldBytes);
        long wanted = Math.Max(budgetBytes / LeastDivisor, left);
        return Math.Min(wanted, shareBytes + (budgetBytes / RiseDivisor));
    }

    /// <summary>How much less the rest would have to take for the records to keep their least share: 0 or
    /// more bytes.</summary>
    /// <inheritdoc cref="Share"/>
    public static long Lack(long budgetBytes, long residentBytes, long heldBytes) =>
        Math.Max(0, (budgetBytes / LeastDivisor) - Left(budgetBytes, residentBytes, heldBytes));

    private static long Left(long budgetBytes, long residentBytes, long heldBytes) =>
        budgetBytes - Math.Max(0, residentBytes - heldBytes);
}
