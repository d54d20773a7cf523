using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Streams as commands use them, with nodes of any length, against dictionaries: entries, groups,
/// consumers and what is pending, through flushes, merges, evictions, copies, and kills of the
/// process.</summary>
[TestFixture]
public sealed class StoredStreamTests
{
    private const int Lives = 5;

    [Test]
    [Category("fast")]
    public void Streams_are_what_was_done_to_them_after_kills() => Run(10);

    [Test]
    [Category("sim")]
    public void Streams_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(60));

    private static void Run(int seeds)
    {
        long restarts = 0, nodes = 0, pending = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            StreamStory story = new(seed);
            Seeded.Run(seed, Lives, () =>
            {
                story.Live();
                pending += story.Pending;
            });

            restarts += story.Restarts;
            nodes += story.NodesSeen;
        }

        TestContext.Out.WriteLine($"{restarts} commands run again, {nodes} nodes, {pending} pending");
        Assert.That(restarts, Is.GreaterThan(10 * seeds));
        Assert.That(nodes, Is.GreaterThan(10 * seeds));
        Assert.That(pending, Is.GreaterThan(5 * seeds));
    }
}
