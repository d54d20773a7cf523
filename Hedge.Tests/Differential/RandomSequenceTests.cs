using Hedge.Host.Commands;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>
/// Random sequences of commands, made from each command's syntax, to a real Hedge process and to
/// redis-server: the replies are the same, byte by byte but for what allowed-differences.txt allows.
/// </summary>
[TestFixture]
[Category("diff")]
public sealed class RandomSequenceTests
{
    private const int CommandsPerSequence = 1000;

    [Test]
    public Task Replies_are_the_same([Values(2, 3)] int protocol, [Values("1", "2")] string cores) =>
        Run(protocol, sequences: 150, $"{protocol}-{cores}", null, ("cores", cores),
            ("memtable-bytes", "64kb"));

    [Test]
    public Task Replies_of_collections_are_the_same(
        [Values("hash", "set", "list", "sorted-set", "geo", "hyperloglog", "stream")] string family,
        [Values(2, 3)] int protocol) =>
        Run(protocol, sequences: 8, $"{protocol}-{family}", family, ("cores", "2"),
            ("memtable-bytes", "64kb"), ("collection-node-bytes", protocol == 2 ? "64" : "1kb"));

    [Test]
    [Category("soak")]
    public Task Replies_are_the_same_for_long([Values(2, 3)] int protocol) =>
        Run(protocol, sequences: 1000, $"{protocol}-long", null, ("cores", "2"), ("io", "portable"));

    [Test]
    public void Every_reviewed_difference_is_of_a_command_that_is_there()
    {
        var table = AllCommands.Table();
        string[] unknown = [.. ReplyRules.Reviewed.All.Select(r => r.Command)
            .Where(c => table.FindByFullName(System.Text.Encoding.ASCII.GetBytes(c)) == null)];
        Assert.That(unknown, Is.Empty);
    }

    [TestCase("NOSUCHCOMMAND")]
    [TestCase("nosuchcommand with some arguments")]
    [TestCase("nosuch \"line\\r\\nbreak\" \"\\x00\"")]
    [TestCase("averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryvery"
        + "verylongcommandnamethatgoesonandonandonandonandonandonandon arguments too")]
    [TestCase("CLIENT NOSUCHSUBCOMMAND")]
    [TestCase("CONFIG nosuch a b c")]
    [TestCase("OBJECT")]
    [TestCase("MULTI again")]
    public async Task Unknown_commands_are_refused_in_the_same_words(string line)
    {
        using ServerPair pair = await ServerPair.StartAsync();
        GeneratedCommand[] commands = [new(line, CommandLine.Split(line))];
        Mismatch? mismatch = pair.FirstMismatch(commands, 2, [1]);
        Assert.That(mismatch, Is.Null);
    }

    private static async Task Run(int protocol, int sequences, string name, string? family,
        params (string, string)[] settings)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"random sequences in RESP{protocol}: seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync(settings);
        var random = new Random(seed);
        var mix = new CommandMix(random, family: family);
        for (int i = 0; i < sequences; i++)
        {
            GeneratedCommand[] commands =
                [.. Enumerable.Range(0, CommandsPerSequence).Select(_ => mix.Next())];
            int[] chunks =
                [.. Enumerable.Range(0, 20).Select(_ => random.Next(4) == 0 ? 1 : random.Next(1, 200))];
            if (pair.FirstMismatch(commands, protocol, chunks) is not { } mismatch) continue;
            Assert.Fail(Explain(pair, [.. commands.Take(mismatch.Index + 1)], mismatch, protocol, seed));
        }

        Figures.Write($"differential-{name}", new Dictionary<string, object>
        {
            ["seed"] = seed,
            ["commands"] = sequences * CommandsPerSequence,
            ["kinds"] = CommandMix.Comparable.Count,
            ["unexplained"] = 0,
        });
    }

    private static string Explain(
        ServerPair pair, GeneratedCommand[] commands, Mismatch mismatch, int protocol, int seed)
    {
        IReadOnlyList<GeneratedCommand> shrunk = pair.Shrink(commands, protocol);
        Mismatch shown = pair.Hedge.IsRunning
            ? pair.FirstMismatch(shrunk, protocol, [1]) ?? mismatch : mismatch;
        IEnumerable<string> lines = shrunk.TakeLast(30).Select(c => CommandLine.Join(c.Words));
        return $"RESP{protocol}, seed {seed}, {commands.Length} commands shrunk to {shrunk.Count}:\n"
            + $"{string.Join('\n', lines)}\nredis: {shown.Expected}\nhedge: {shown.Actual}";
    }
}
