using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Scores of −0, against redis-server: its listpacks lose the sign, its skiplists keep
/// it.</summary>
[TestFixture]
[Category("diff")]
public sealed class NegativeZeroTests
{
    private static readonly string Long = new('m', 65);

    [Test]
    public async Task The_same_scores_are_kept()
    {
        using ServerPair pair = await ServerPair.StartAsync();
        string[] lines =
        [
            "ZADD small -0 a 5 b", "DUMP small", "ZADD small -0 b", "DUMP small",
            $"ZADD small -0 c 0 {Long}", "DUMP small",
            $"ZADD large -0 {Long} -0 a", "DUMP large", "ZADD large 3 a", "ZADD large -0 a", "DUMP large",
            "ZUNIONSTORE copy 1 large", "DUMP copy",
            $"ZREM large {Long}", "ZUNIONSTORE copy 1 large", "DUMP copy",
            "ZINCRBY sum -0 a", "DUMP sum", $"ZADD sum -0 {Long}", "DUMP sum",
        ];
        GeneratedCommand[] commands = GeneratedCommand.FromLines(lines);
        Assert.That(pair.FirstMismatch(commands, 3, [100]), Is.Null);
    }
}
