using System.Globalization;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>
/// The same random commands on far more data than Hedge may keep in memory: most commands find their keys on
/// disk, and run a second time when they have been read.
/// </summary>
[TestFixture]
[Category("diff")]
public sealed class ColdDataTests
{
    private const int Keys = 40_000;
    private const int ValueBytes = 1500;
    private const int Commands = 15_000;

    [TestCase(2, "1", "auto")]
    [TestCase(3, "2", "auto")]
    [TestCase(3, "2", "portable")]
    public Task Replies_are_the_same_when_most_data_is_on_disk(int protocol, string cores, string io) =>
        CompareAsync(protocol, cores, io,
            (mix, _) => Enumerable.Range(0, Commands).Select(_ => mix.Next()).Where(IsLocal));

    [TestCase(3, "2", "auto")]
    public Task Transactions_are_the_same_when_most_data_is_on_disk(int protocol, string cores, string io) =>
        CompareAsync(protocol, cores, io, (mix, _) => Transactions(mix, 120));

    [TestCase("hash", 2, "2")]
    [TestCase("set", 3, "1")]
    [TestCase("list", 3, "2")]
    [TestCase("sorted-set", 2, "2")]
    [TestCase("stream", 2, "2")]
    [TestCase("stream", 3, "1")]
    public Task Replies_of_collections_are_the_same_when_most_data_is_on_disk(string family, int protocol,
        string cores) =>
        CompareAsync(protocol, cores, "auto",
            (mix, _) => Enumerable.Range(0, Commands / 3).Select(_ => mix.Next()).Where(IsLocal)
                .Concat(Transactions(mix, 20)), family);

    [TestCase(2, "1", "auto")]
    [TestCase(3, "2", "auto")]
    public Task Scripts_are_the_same_when_most_data_is_on_disk(int protocol, string cores, string io) =>
        CompareAsync(protocol, cores, io, (mix, random) =>
        {
            var scripts = new ScriptMix(random, mix, [.. Enumerable.Range(0, Keys).Select(i => $"cold:{i}")])
            {
                Accepts = IsLocal,
            };
            return Enumerable.Range(0, Commands / 3).Select(_ => scripts.Next()).Where(IsLocal);
        });

    private static async Task CompareAsync(int protocol, string cores, string io,
        Func<CommandMix, Random, IEnumerable<GeneratedCommand>> choose, string? family = null)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"random commands on cold data: seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync(("cores", cores), ("io", io),
            ("maxmemory", "16mb"), ("block-cache-bytes", "1mb"), ("memtable-bytes", "256kb"));
        var random = new Random(seed);
        int keys = family == null ? Keys : Keys / 8;
        string[] names = [.. Enumerable.Range(0, keys).Select(i => $"cold:{i}")];
        var mix = new CommandMix(random, names, family);
        GeneratedCommand[] commands = [.. choose(mix, random)];
        byte[][][] load = [.. names.SelectMany<string, byte[][]>(
            n => family == "stream" ? LoadStream(n, random) : [Load(n, random, family)])];
        int[] chunks = [.. Enumerable.Range(0, 20).Select(_ => random.Next(1, 300))];
        Mismatch? mismatch = pair.FirstMismatch(commands, protocol, chunks, load);
        if (mismatch == null)
        {
            await using TestConnection client = await pair.Hedge.ConnectAsync();
            string info = (await client.CallAsync("INFO", "all")).Text;
            Assert.That(Figure(info, "commands_restarted"), Is.GreaterThan(1000), "on disk");
            Assert.That(Figure(info, "transaction_pauses"), Is.GreaterThan(10), "transactions that pause");
            return;
        }

        byte[][] failed = commands[mismatch.Index].Words;
        IEnumerable<string> related = commands.Take(mismatch.Index + 1)
            .Where(c => c.Words.Skip(1).Any(w => failed.Skip(1).Any(f => f.AsSpan().SequenceEqual(w))))
            .Select(c => CommandLine.Join(c.Words));
        Assert.Fail($"seed {seed}, command {mismatch.Index}; those with the same words:\n"
            + $"{string.Join('\n', related.TakeLast(12))}\nredis: {Cut(mismatch.Expected)}\n"
            + $"hedge: {Cut(mismatch.Actual)}");
    }

    // Of 10 to 200 commands, none of which ends the transaction or is refused before it begins.
    private static IEnumerable<GeneratedCommand> Transactions(CommandMix mix, int count)
    {
        var table = AllCommands.Table();
        GeneratedCommand multi = new("MULTI", ["MULTI"u8.ToArray()]);
        GeneratedCommand exec = new("EXEC", ["EXEC"u8.ToArray()]);
        for (int i = 0; i < count; i++)
        {
            yield return multi;
            for (int left = 10 + (i * 37 % 191); left > 0;)
            {
                GeneratedCommand next = mix.Next();
                Command? command = table.Find(Encoding.ASCII.GetBytes(next.Name));
                if (command == null || !command.Accepts(next.Words.Length) || !IsLocal(next)) continue;
                if ((command.Spec.Flags & CommandFlags.NoMulti) != 0) continue;
                if (command.Spec.Group is "server" or "connection" or "pubsub" or "transactions") continue;
                yield return next;
                left--;
            }

            yield return exec;
        }
    }

    // The data must stay, and KEYS over all of it would be all the test does.
    private static bool IsLocal(GeneratedCommand command) =>
        command.Name is not ("FLUSHALL" or "FLUSHDB" or "SWAPDB" or "SELECT" or "KEYS");

    private static byte[][] Load(string name, Random random, string? family)
    {
        var value = new byte[ValueBytes];
        random.NextBytes(value);
        if (family == null) return [Encoding.ASCII.GetBytes("SET"), Encoding.ASCII.GetBytes(name), value];
        // Elements of all lengths; those that commands name are among them.
        List<byte[]> words = [Encoding.ASCII.GetBytes(family switch
        {
            "hash" => "HSET",
            "set" => "SADD",
            "list" => "RPUSH",
            _ => "ZADD",
        }), Encoding.ASCII.GetBytes(name)];
        for (int i = 0; i < 150; i++)
        {
            string text = i % 10 < 3 ? $"{i}" : $"{i}:{new string('v', random.Next(60))}";
            if (family == "sorted-set") words.Add(Encoding.ASCII.GetBytes($"{random.Next(20)}"));
            words.Add(Encoding.ASCII.GetBytes(text));
            if (family == "hash") words.Add(value[..random.Next(40)]);
        }

        return [.. words];
    }

    // Entries before the first id of commands, and two groups, which have some of them.
    private static IEnumerable<byte[][]> LoadStream(string name, Random random)
    {
        for (int i = 1; i <= 30; i++)
            yield return CommandLine.Split($"XADD {name} 0-{i} a {new string('v', random.Next(300))} b {i}");
        foreach (string group in (string[])["g", "g1"])
        {
            yield return CommandLine.Split($"XGROUP CREATE {name} {group} 0-{random.Next(20)}");
            yield return CommandLine.Split($"XREADGROUP GROUP {group} c COUNT 5 STREAMS {name} >");
            yield return CommandLine.Split($"XREADGROUP GROUP {group} c1 COUNT 5 STREAMS {name} >");
        }
    }

    private static long Figure(string info, string name)
    {
        int at = info.IndexOf($"{name}:", StringComparison.Ordinal) + name.Length + 1;
        return long.Parse(info[at..info.IndexOf('\r', at)], CultureInfo.InvariantCulture);
    }

    private static string Cut(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
