using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Full iterations of SSCAN, HSCAN and ZSCAN over small and big collections.</summary>
[TestFixture]
[Category("diff")]
public sealed class CollectionScanTests
{
    private static readonly string[] Types = ["SADD", "HSET", "ZADD"];

    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", "2"));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [Test]
    public void An_iteration_finds_everything_once([ValueSource(nameof(Types))] string adds,
        [Values(3, 3000)] int size,
        [Values("", " COUNT 1", " COUNT 1000", " MATCH m1*", " MATCH *[05] COUNT 50", " MATCH nosuch")]
        string options)
    {
        using var redis = new ReplyPipe(_pair.Redis.Port);
        using var hedge = new ReplyPipe(_pair.Hedge.Port);
        foreach (ReplyPipe pipe in (ReplyPipe[])[redis, hedge])
        {
            pipe.Run("FLUSHALL");
            pipe.RunAll([.. Enumerable.Range(0, size).Select(i => Add(adds, $"m{i}"))]);
        }

        List<string> found = Iterate(hedge, adds, options, () => { });
        Assert.That(found, Is.Unique);
        Assert.That(found, Is.EquivalentTo(Iterate(redis, adds, options, () => { }).Distinct()));
    }

    [Test]
    public void What_is_there_throughout_is_met_while_others_come_and_go(
        [ValueSource(nameof(Types))] string adds, [Values(40, 2000)] int size)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var pipe = new ReplyPipe(_pair.Hedge.Port);
        pipe.Run("FLUSHALL");
        pipe.RunAll([.. Enumerable.Range(0, size).Select(i => Add(adds, $"stays{i}"))]);
        string removes = adds == "SADD" ? "SREM" : adds == "HSET" ? "HDEL" : "ZREM";
        List<string> found = Iterate(pipe, adds, " COUNT 7", () =>
        {
            for (int i = 0; i < 20; i++)
            {
                string member = $"goes{random.Next(size)}";
                pipe.RunAll([random.Next(2) == 0 ? Add(adds, member)
                    : CommandLine.Split($"{removes} k {member}")]);
            }
        });
        IEnumerable<string> stayed = found.Where(m => m.StartsWith("stays", StringComparison.Ordinal));
        Assert.That(stayed.Distinct().Count(), Is.EqualTo(size));
    }

    private static byte[][] Add(string adds, string member) => CommandLine.Split(adds switch
    {
        "SADD" => $"SADD k {member}",
        "HSET" => $"HSET k {member} v",
        _ => $"ZADD k {member.Length} {member}",
    });

    private static List<string> Iterate(ReplyPipe pipe, string adds, string options, Action between)
    {
        var found = new List<string>();
        string cursor = "0";
        for (int calls = 0; calls < 20_000; calls++)
        {
            string line = $"{adds[0]}SCAN k {cursor}{options}";
            string[] parts = Encoding.Latin1.GetString(pipe.Run(line)).Split("\r\n");
            Assert.That(parts[0], Is.EqualTo("*2"), string.Join('|', parts));
            cursor = parts[2];
            for (int i = 5; i < parts.Length; i += adds == "SADD" ? 2 : 4) found.Add(parts[i]);
            if (cursor == "0") return found;
            between();
        }

        throw new TimeoutException("the iteration does not end");
    }
}
