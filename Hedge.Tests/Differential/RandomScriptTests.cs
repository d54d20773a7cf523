using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Random commands inside of scripts and functions, in and outside of transactions, by a real Hedge
/// process and by redis-server: the same replies, and the same data at the end.</summary>
[TestFixture]
[Category("diff")]
internal sealed class RandomScriptTests
{
    private const int RequestsPerSequence = 1000;
    private const int LinesShown = 30;

    private static readonly string[] Keys =
        ["a", "b", "c", "key:1", "key:2", "key:3", "{tag}x", "{tag}y", "other", "\u00FF\0"];

    [Test]
    public Task Replies_and_data_are_the_same([Values(2, 3)] int protocol, [Values("1", "2")] string cores) =>
        Run(protocol, sequences: 20, null, ("cores", cores), ("memtable-bytes", "64kb"));

    [Test]
    public Task Replies_and_data_of_collections_are_the_same(
        [Values("hash", "set", "list", "sorted-set", "geo", "stream")] string family) =>
        Run(family.Length % 2 + 2, sequences: 5, family, ("cores", "2"), ("memtable-bytes", "64kb"),
            ("collection-node-bytes", "64"));

    [Test]
    [Category("soak")]
    public Task Replies_and_data_are_the_same_for_long([Values(2, 3)] int protocol) =>
        Run(protocol, sequences: 500, null, ("cores", "2"), ("io", "portable"));

    private static async Task Run(int protocol, int sequences, string? family,
        params (string, string)[] settings)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"random scripts in RESP{protocol}: seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync(settings);
        var random = new Random(seed);
        long inner = 0;
        for (int i = 0; i < sequences; i++)
        {
            var mix = new ScriptMix(random, new CommandMix(random, Keys, family), Keys);
            GeneratedCommand[] commands =
            [
                .. Enumerable.Range(0, RequestsPerSequence).Select(_ => mix.Next()),
                .. ScriptMix.Data([0, 1, 2, 15], Keys),
            ];
            inner += mix.Commands;
            int[] chunks =
                [.. Enumerable.Range(0, 20).Select(_ => random.Next(4) == 0 ? 1 : random.Next(1, 99))];
            if (pair.FirstMismatch(commands, protocol, chunks) is not { } mismatch) continue;
            commands = commands[..(mismatch.Index + 1)];
            Assert.Fail($"seed {seed}, {Explain(pair, commands, mismatch, protocol)}");
        }

        string cores = settings.First(setting => setting.Item1 == "cores").Item2;
        Figures.Count($"scripts-{protocol}-{cores}-{family ?? "all"}", ("commands", inner), ("seed", seed),
            ("unexplained", 0));
    }

    private static string Explain(
        ServerPair pair, GeneratedCommand[] commands, Mismatch mismatch, int protocol)
    {
        IReadOnlyList<GeneratedCommand> shrunk = pair.Shrink(commands, protocol);
        Mismatch shown = pair.Hedge.IsRunning
            ? pair.FirstMismatch(shrunk, protocol, [1]) ?? mismatch : mismatch;
        IEnumerable<string> lines = shrunk.TakeLast(LinesShown).Select(c => CommandLine.Join(c.Words));
        return $"RESP{protocol}, {commands.Length} requests shrunk to {shrunk.Count}:\n"
            + $"{string.Join('\n', lines)}\nredis: {shown.Expected}\nhedge: {shown.Actual}";
    }
}
