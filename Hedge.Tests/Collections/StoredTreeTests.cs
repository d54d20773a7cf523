using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Collections in a partition's records, against dictionaries: through flushes, merges, evictions,
/// removals of keys, and kills of the process.</summary>
[TestFixture]
public sealed class StoredTreeTests
{
    private const int Lives = 6;

    [Test]
    [Category("fast")]
    public void Collections_are_what_was_done_to_them_after_kills() => Run(12);

    [Test]
    [Category("sim")]
    public void Collections_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(80));

    private static void Run(int seeds)
    {
        long restarts = 0, nodes = 0, merged = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            CollectionStory story = new(seed);
            Seeded.Run(seed, Lives, story.Live);

            restarts += story.Restarts;
            nodes += story.NodesSeen;
            merged += story.Merged;
        }

        Figures.Count($"stored-trees{(seeds == 12 ? "-few" : "")}", ("seeds", seeds), ("nodes", nodes),
            ("restarts", restarts), ("merged", merged), ("differences", 0));
        Assert.That(merged, Is.GreaterThan(seeds / 4));
        Assert.That(restarts, Is.GreaterThan(10 * seeds));
        Assert.That(nodes, Is.GreaterThan(10 * seeds));
    }
}
