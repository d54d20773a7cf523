using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
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

    [TestCase("-get")]
    [TestCase("resetkeys")]
    [TestCase("resetchannels")]
    [PlantedBug("a user's right to a command is not asked")]
    [PlantedBug("a user's right to a key is not asked")]
    [PlantedBug("a user's right to a channel is not asked")]
    public async Task A_right_that_is_not_asked_is_found(string rule)
    {
        using ServerPair pair = await ServerPair.StartAsync();
        // For Redis each user has less than for Hedge, and nobody looks at the rights as such.
        pair.ForRedis = words => words.Length > 2
            && Encoding.ASCII.GetString(words[1]).Equals("SETUSER", StringComparison.OrdinalIgnoreCase)
            ? [.. words, Encoding.ASCII.GetBytes(rule)] : words;
        string[] lines =
        [
            "ACL SETUSER u on nopass +@all ~* &*", "SET key 1", "AUTH u x", "PUBLISH channel x", "GET key",
        ];
        GeneratedCommand[] commands =
            [.. lines.Select(line => new GeneratedCommand(line, CommandLine.Split(line)))];
        Assert.That(pair.FirstMismatch(commands, 2, [1]), Is.Not.Null);
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

    [Test]
    public async Task Odd_rules_and_requests_are_answered_the_same()
    {
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"));
        using var redis = new ReplyPipe(pair.Redis.Port);
        using var hedge = new ReplyPipe(pair.Hedge.Port);
        string[] lines =
        [
            "ACL SETUSER u on >p ~a* +@all resetchannels", "RPUSH a 3 1 2", "GEOADD ageo 1 1 m",
            "ACL SETUSER \"\\xC3\\xA0\" on >p \"~\\xC3\\xA0*\" \"&\\xC2\\x85\" +@all",
            "AUTH \"\\xC3\\xA0\" p", "ACL WHOAMI", "SET \"\\xC3\\xA0x\" 1", "SET x 1", "AUTH u p",
            "SORT a STORE d BY STORE ASC",
            "SORT a STORE d GET STORE ALPHA", "SORT a STORE ab GET STORE ALPHA",
            "GEORADIUS ageo 0 0 999 km STORE STORE ASC", "AUTH default x", "EXISTS d STORE",
            "ACL SETUSER u +get|a|b", "ACL SETUSER u +acl|", "ACL SETUSER u +config|get|x",
            "ACL SETUSER u +config|nope", "ACL LOG 1 2", "ACL CAT a b", "ACL GENPASS 1 2",
            "CONFIG SET requirepass \"\\xD0\\xBF\"", "AUTH ?", "AUTH \"\\xD0\\xBF\"",
            "CONFIG GET requirepass",
        ];
        foreach (string line in lines) Assert.That(hedge.Run(line), Is.EqualTo(redis.Run(line)), line);
    }

    [Test]
    public async Task Subscribers_stay_connected_who_may_listen_to_their_channels()
    {
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"));
        foreach (Processes.ServerProcess server in (Processes.ServerProcess[])[pair.Redis, pair.Hedge])
        {
            using var admin = new ReplyPipe(server.Port);
            using var listener = new ReplyPipe(server.Port);
            admin.Run("ACL SETUSER u on >p +@all allchannels");
            listener.Run("AUTH u p");
            listener.Run("SUBSCRIBE c");
            admin.Run("ACL SETUSER u -get");
            byte[] pong = listener.Run("PING");
            Assert.That(System.Text.Encoding.Latin1.GetString(pong), Does.Contain("pong"));
        }
    }

    private static string[] Words(ReplyPipe pipe, string line) =>
        [.. System.Text.Encoding.Latin1.GetString(pipe.Run(line)).Split("\r\n")
            .Where(word => word.Length > 0 && word[0] is not ('*' or '$'))];
}
