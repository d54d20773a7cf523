using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Hashes as commands use them, whose fields expire, with nodes of any length, against dictionaries:
/// through flushes, merges, evictions, copies, and kills of the process.</summary>
[TestFixture]
public sealed class StoredHashTests
{
    private const int Lives = 5;

    [Test]
    [Category("fast")]
    public void Hashes_are_what_was_done_to_them_after_kills() => Run(10);

    [Test]
    [Category("sim")]
    public void Hashes_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(60));

    private static void Run(int seeds)
    {
        long restarts = 0, nodes = 0, expired = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            HashStory story = new(seed);
            Seeded.Run(seed, Lives, story.Live);
            restarts += story.Restarts;
            nodes += story.NodesSeen;
            expired += story.Expired;
        }

        TestContext.Out.WriteLine($"{restarts} commands run again, {nodes} nodes, {expired} expired");
        Assert.That(restarts, Is.GreaterThan(10 * seeds));
        Assert.That(nodes, Is.GreaterThan(10 * seeds));
        Assert.That(expired, Is.GreaterThan(50 * seeds));
    }
}
