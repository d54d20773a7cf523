using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Weights that make scores infinite or no numbers, against redis-server.</summary>
[TestFixture]
[Category("diff")]
public sealed class WeightTests
{
    [Test]
    public async Task Infinite_weights_have_the_same_results()
    {
        using ServerPair pair = await ServerPair.StartAsync();
        List<string> lines =
            ["ZADD a 17 m 0 n -2 o inf p", "ZADD b 0 m 5 n inf o -inf p 1 q", "SADD s m n q"];
        string[] weights = ["-1", "0", "inf", "-inf", "2"];
        foreach (string command in (string[])["ZINTER", "ZUNION"])
        {
            foreach (string keys in (string[])["a b", "b a", "a a", "a s", "s b"])
            {
                foreach (string first in weights)
                {
                    foreach (string second in weights)
                    {
                        foreach (string aggregate in (string[])["SUM", "MIN", "MAX"])
                        {
                            lines.Add($"{command} 2 {keys} WEIGHTS {first} {second} AGGREGATE {aggregate} "
                                + "WITHSCORES");
                        }
                    }
                }
            }
        }

        GeneratedCommand[] commands = GeneratedCommand.FromLines(lines);
        Assert.That(pair.FirstMismatch(commands, 3, [100]), Is.Null);
    }
}
