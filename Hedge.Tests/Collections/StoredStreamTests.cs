using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Streams as commands use them, with nodes of any length, against dictionaries: entries, groups,
/// consumers and what is pending, through flushes, merges, evictions, copies, and kills of the
/// process.</summary>
[TestFixture]
public sealed class StoredStreamTests
{
    [Test]
    [Category("fast")]
    public void Streams_are_what_was_done_to_them_after_kills() => Run(10);

    [Test]
    [Category("sim")]
    public void Streams_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(60));

    private static void Run(int seeds)
    {
        List<StreamStory> stories = StoredWorld.LiveAll(seeds, seed => new StreamStory(seed));
        Assert.That(stories.Sum(story => story.Pending), Is.GreaterThan(seeds));
    }
}
