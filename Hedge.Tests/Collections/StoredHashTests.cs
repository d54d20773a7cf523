using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Hashes as commands use them, whose fields expire, with nodes of any length, against dictionaries:
/// through flushes, merges, evictions, copies, and kills of the process.</summary>
[TestFixture]
public sealed class StoredHashTests
{
    [Test]
    [Category("fast")]
    public void Hashes_are_what_was_done_to_them_after_kills() => Run(10);

    [Test]
    [Category("sim")]
    public void Hashes_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(60));

    private static void Run(int seeds)
    {
        List<HashStory> stories = StoredWorld.LiveAll(seeds, seed => new HashStory(seed));
        Assert.That(stories.Sum(story => story.Expired), Is.GreaterThan(50 * seeds));
    }
}
