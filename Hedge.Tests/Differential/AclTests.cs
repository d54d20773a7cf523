using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Users and their rights by a real Hedge process and by redis-server: the same is allowed, with the
/// same errors.</summary>
[TestFixture]
[Category("diff")]
internal sealed class AclTests
{
    private const int RequestsPerSequence = 1000;

    private static readonly string[] Keys =
        ["a", "b", "c", "key:1", "key:2", "{tag}x", "{tag}y", "\u00FF\0"];

    [Test]
    public async Task The_same_requests_are_allowed([Values(2, 3)] int protocol,
        [Values("1", "2")] string cores)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"rights in RESP{protocol}: seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync(("cores", cores));
        var random = new Random(seed);
        for (int i = 0; i < 30; i++)
        {
            var mix = new AclMix(random, new CommandMix(random, Keys), Keys);
            GeneratedCommand[] commands =
                [.. AclMix.Start, .. Enumerable.Range(0, RequestsPerSequence).Select(_ => mix.Next())];
            int[] chunks = [.. Enumerable.Range(0, 20).Select(_ => random.Next(1, 99))];
            if (pair.FirstMismatch(commands, protocol, chunks) is { } mismatch)
            {
                IReadOnlyList<GeneratedCommand> shrunk =
                    pair.Shrink(commands[..(mismatch.Index + 1)], protocol);
                Mismatch shown = pair.FirstMismatch(shrunk, protocol, [1]) ?? mismatch;
                IEnumerable<string> lines = shrunk.Select(c => CommandLine.Join(c.Words));
                Assert.Fail($"seed {seed}:\n{string.Join('\n', lines)}\n"
                    + $"redis: {shown.Expected}\nhedge: {shown.Actual}");
            }
        }
    }

    [Test]
    public async Task Every_command_is_in_the_same_categories()
    {
        using ServerPair pair = await ServerPair.StartAsync();
        using var redis = new ReplyPipe(pair.Redis.Port);
        using var hedge = new ReplyPipe(pair.Hedge.Port);
        string[] categories = Words(redis, "ACL CAT");
        Assert.That(Words(hedge, "ACL CAT"), Is.EqualTo(categories));
        HashSet<string> inRedis = [.. categories.SelectMany(c => Words(redis, $"ACL CAT {c}"))];
        HashSet<string> inHedge = [.. categories.SelectMany(c => Words(hedge, $"ACL CAT {c}"))];
        Assert.That(inHedge, Has.Count.GreaterThan(300));
        foreach (string category in categories)
        {
            Assert.That(Words(hedge, $"ACL CAT {category}").Where(inRedis.Contains),
                Is.EquivalentTo(Words(redis, $"ACL CAT {category}").Where(inHedge.Contains)), category);
        }
    }

    private static string[] Words(ReplyPipe pipe, string line) =>
        [.. System.Text.Encoding.Latin1.GetString(pipe.Run(line)).Split("\r\n")
            .Where(word => word.Length > 0 && word[0] is not ('*' or '$'))];
}
