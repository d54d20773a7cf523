namespace Hedge.Storage.Compactions;

/// <summary>Chooses the policy for what a partition is used for (<see cref="CompactionPolicy.Auto"/>). Told
/// what has happened once in a window of some seconds. Owned by the partition.</summary>
/// <remarks>
/// Each policy costs a write so many rewrites, and a scan so many runs to read a block of; a look-up of a key
/// reads one block whatever the policy, and asks so many filters. The policy whose cost for the window's
/// mix is least by a quarter, in three windows one after the other, is taken. Windows with little in them say
/// nothing.
/// </remarks>
internal sealed class PolicyAdvisor
{
    /// <summary>Windows in a row that must agree on a change.</summary>
    public const int Windows = 3;

    /// <summary>Operations in a window that says something.</summary>
    public const long OperationsMin = 1000;

    private const double ClearlyLess = 0.75;

    // In microseconds of processor and disk: rewriting an entry once; reading a block; asking a filter.
    private const double RewriteCost = 0.25;
    private const double BlockCost = 8;
    private const double FilterCost = 0.02;

    private CompactionPolicy _candidate;
    private int _agreed;

    /// <summary>The policy chosen.</summary>
    public CompactionPolicy Policy { get; private set; } = CompactionPolicy.Tiered;

    /// <summary>Tells what a window held; <see cref="Policy"/> may be another then.</summary>
    /// <param name="writes">Changes.</param>
    /// <param name="lookups">Look-ups that asked the runs.</param>
    /// <param name="scans">Scans begun.</param>
    public void Advise(long writes, long lookups, long scans)
    {
        if (writes + lookups + scans < OperationsMin) return;
        CompactionPolicy best = Policy;
        double least = ClearlyLess * Cost(Policy, writes, lookups, scans);
        for (CompactionPolicy policy = CompactionPolicy.Tiered; policy < CompactionPolicy.Auto; policy++)
        {
            double cost = Cost(policy, writes, lookups, scans);
            if (policy == Policy || cost >= least) continue;
            (best, least) = (policy, cost);
        }

        _agreed = best == Policy ? 0 : best == _candidate ? _agreed + 1 : 1;
        _candidate = best;
        if (_agreed < Windows) return;
        Policy = best;
        _agreed = 0;
    }

    private static double Cost(CompactionPolicy policy, long writes, long lookups, long scans)
    {
        // Of a long load: how often a byte is rewritten, and how many runs there are on average. Measured by
        // the pickers' tests. By these figures lazy leveling never wins clearly: what it saves is space.
        (double rewrites, double runs) = policy switch
        {
            CompactionPolicy.Leveled => (16.7, 4.1),
            CompactionPolicy.Lazy => (8.8, 6.7),
            _ => (6.3, 7.7),
        };
        return (writes * rewrites * RewriteCost) + (scans * runs * BlockCost)
            + (lookups * (BlockCost + (runs * FilterCost)));
    }
}
