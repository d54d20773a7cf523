using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Lists as commands use them, whose ends stand in the root: with nodes of any length, another one
/// in each life, through flushes, merges, evictions, copies, and kills of the process.</summary>
[TestFixture]
public sealed class StoredListTests
{
    private const int Lives = 5;

    [Test]
    [Category("fast")]
    public void Lists_are_what_was_done_to_them() => Run(12);

    [Test]
    [Category("sim")]
    public void Lists_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(80));

    private static void Run(int seeds)
    {
        long restarts = 0, nodes = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            ListStory story = new(seed);
            Seeded.Run(seed, Lives, story.Live);
            restarts += story.Restarts;
            nodes += story.NodesSeen;
        }

        TestContext.Out.WriteLine($"{restarts} commands run again, {nodes} nodes");
        Assert.That(restarts, Is.GreaterThan(10 * seeds));
        Assert.That(nodes, Is.GreaterThan(10 * seeds));
    }
}
