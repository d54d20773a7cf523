using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Lists as commands use them, whose ends stand in the root: with nodes of any length, another one
/// in each life, through flushes, merges, evictions, copies, and kills of the process.</summary>
[TestFixture]
public sealed class StoredListTests
{
    [Test]
    [Category("fast")]
    public void Lists_are_what_was_done_to_them() => Run(12);

    [Test]
    [Category("sim")]
    public void Lists_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(80));

    private static void Run(int seeds) => StoredWorld.LiveAll(seeds, seed => new ListStory(seed));
}
