namespace Hedge.Storage.Caches;

/// <summary>
/// Lends the block caches the memory that nothing else uses. After a start it takes a minute or more until
/// records that were read one by one fill the memory. Until then the memory holds blocks, each with the
/// neighbours of the record that was read.
/// </summary>
/// <remarks>The records' share is computed as if nothing were lent, and the loan goes back as fast as they
/// grow. A part of the budget stays free for what is allocated between two calls.</remarks>
internal static class IdleMemory
{
    private const int FreeDivisor = 16;
    private const int StepDivisor = 32;

    /// <summary>What is lent from now on.</summary>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="residentBytes">What it takes.</param>
    /// <param name="usedBytes">What of the loan so far is in use.</param>
    /// <param name="mostBytes">What may be lent at most.</param>
    public static long Loan(long budgetBytes, long residentBytes, long usedBytes, long mostBytes)
    {
        long free = budgetBytes - (budgetBytes / FreeDivisor) - residentBytes;
        long loan = usedBytes + Math.Min(free, budgetBytes / StepDivisor);
        return Math.Clamp(loan, 0, Math.Max(0, mostBytes));
    }
}
