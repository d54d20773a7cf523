using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Ranges of members of sorted sets in which all have one score, compared with
/// redis-server.</summary>
[TestFixture]
[Category("diff")]
public sealed class LexRangeTests
{
    private const int Ranges = 600;

    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", "2"));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase(5)]
    [TestCase(100)]
    [TestCase(3000)]
    public void Random_ranges_are_the_same(int size)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        List<string> lines = ["FLUSHALL"];
        for (int i = 0; i < size; i++) lines.Add($"ZADD k 0 {Member(random)}");
        for (int i = 0; i < Ranges; i++)
        {
            lines.Add(Range(random));
            if (random.Next(4) == 0) lines.Add($"ZADD k 0 {Member(random)}");
        }

        lines.AddRange(["ZRANGE k 0 -1 WITHSCORES", "ZRANGE d 0 -1"]);
        using ReplyPipe redis = new(_pair.Redis.Port), hedge = new(_pair.Hedge.Port);
        byte[][][] requests = [.. lines.Select(CommandLine.Split)];
        byte[][] expected = redis.RunAll(requests), actual = hedge.RunAll(requests);
        for (int i = 0; i < lines.Count; i++)
            Assert.That(ReplyReader.Show(actual[i]), Is.EqualTo(ReplyReader.Show(expected[i])), lines[i]);
    }

    private static string Range(Random random)
    {
        string low = End(random), high = End(random);
        string limit = $"LIMIT {random.Next(-1, 9)} {random.Next(-1, 20)}";
        if (random.Next(2) == 0) limit = "";
        // A narrow one, so that the set stays big.
        string member = Member(random);
        return random.Next(8) switch
        {
            0 => $"ZRANGEBYLEX k {low} {high} {limit}",
            1 => $"ZREVRANGEBYLEX k {high} {low} {limit}",
            2 => $"ZLEXCOUNT k {low} {high}",
            3 => $"ZRANGE k {low} {high} BYLEX {limit}",
            4 => $"ZRANGE k {high} {low} BYLEX REV {limit}",
            5 => $"ZRANGESTORE d k {low} {high} BYLEX {limit}",
            6 => $"ZRANGESTORE d k {high} {low} BYLEX REV {limit}",
            _ => $"ZREMRANGEBYLEX k [{member} {(random.Next(2) == 0 ? "[" : "(")}{member}a",
        };
    }

    private static string End(Random random) => random.Next(10) switch
    {
        0 => "-",
        1 => "+",
        2 => random.Next(4) == 0 ? "nonsense" : "[",
        < 6 => "[" + Member(random),
        _ => "(" + Member(random),
    };

    private static string Member(Random random)
    {
        int length = random.Next(1, 5);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(8))));
    }
}
