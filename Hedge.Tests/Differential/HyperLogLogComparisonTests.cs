using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>The HyperLogLog commands as other clients and transactions see them.</summary>
[TestFixture]
[Category("diff")]
public sealed class HyperLogLogComparisonTests
{
    // A merge touches its target even when no byte changes; a count touches it when it keeps its result; an
    // addition that raises nothing and a conversion do not.
    [TestCase("PFMERGE a b")]
    [TestCase("PFCOUNT a")]
    [TestCase("PFADD a x")]
    [TestCase("PFADD a y z")]
    [TestCase("PFDEBUG TODENSE a")]
    public async Task A_transaction_fails_after_the_same_commands(string line)
    {
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"));
        string[] lines =
            ["PFADD a x", "PFMERGE a b", "WATCH a", line, "MULTI", "PFCOUNT a", "EXEC", "GET a"];
        GeneratedCommand[] commands = GeneratedCommand.FromLines(lines);
        Assert.That(pair.FirstMismatch(commands, 3, [1]), Is.Null);
    }
}
