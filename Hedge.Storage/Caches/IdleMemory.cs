namespace Hedge.Storage.Caches;

/// <summary>
/// Lends the block caches what nothing else uses. After a start records fill memory by what single reads
/// bring, a minute's worth or more; until then it holds blocks instead, each with the neighbours of what was
/// read.
/// </summary>
/// <remarks>The records' share is reckoned as if nothing were lent, and the loan goes back as fast as they
/// grow: a part of the budget stays free for what comes between two looks.</remarks>
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
