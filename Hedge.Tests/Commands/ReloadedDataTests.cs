using System.Globalization;
using System.Text;
using Hedge.Tests.Differential;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

/// <summary>
/// Commands on data that is on disk: a Hedge process with hardly any memory, whose DEBUG RELOAD drops the
/// rest, answers like redis-server. So every command is restarted by real reads, alone, in pipelines and in
/// transactions.
/// </summary>
[TestFixture]
[Category("diff")]
public sealed class ReloadedDataTests
{
    private const int KeyCount = 300;
    private const int CommandsPerSequence = 600;
    private const int CommandsPerReload = 60;

    private static readonly (string, string)[] TinyMemory =
    [
        ("maxmemory", "2mb"), ("memtable-bytes", "64kb"), ("block-cache-bytes", "0"),
        ("log-segment-bytes", "1mb"), ("enable-debug-command", "yes"),
    ];

    [Test]
    public Task Random_sequences_are_answered_alike(
        [Values(2, 3)] int protocol, [Values("1", "2")] string cores) =>
        Run(protocol, cores, sequences: 5);

    [Test]
    [Category("soak")]
    public Task Random_sequences_are_answered_alike_for_long([Values("1", "2")] string cores) =>
        Run(3, cores, sequences: 300);

    [Test]
    public async Task Walks_over_all_keys_are_complete_on_disk_and_after_a_restart()
    {
        using ServerProcess first = await ServerProcess.StartAsync(Launch("2", null));
        string[] keys = [.. Enumerable.Range(0, 3000).Select(i => $"key:{i}")];
        using (var pipe = new ReplyPipe(first.Port))
        {
            pipe.RunAll([.. keys.Select(k => CommandLine.Split($"SET {k} {new string('v', 300)}"))]);
            pipe.RunAll([.. keys.Where((_, i) => i % 3 == 0).Select(k => CommandLine.Split($"DEL {k}"))]);
            pipe.RunAll([.. keys.Where((_, i) => i % 3 == 1)
                .Select(k => CommandLine.Split($"PEXPIRE {k} 100000"))]);
            string[] left = [.. keys.Where((_, i) => i % 3 != 0)];
            Assert.That(Text(pipe, "DEBUG RELOAD"), Is.EqualTo("+OK\r\n"));
            CheckWalks(pipe, left);
            Assert.That(Text(pipe, "SAVE"), Is.EqualTo("+OK\r\n"));
        }

        Assert.That(await first.TerminateAsync(), Is.Zero);
        using ServerProcess second = await ServerProcess.StartAsync(Launch("1", first.Directory));
        using var again = new ReplyPipe(second.Port);
        CheckWalks(again, [.. keys.Where((_, i) => i % 3 != 0)]);
    }

    private static void CheckWalks(ReplyPipe pipe, string[] keys)
    {
        Assert.That(Text(pipe, "DBSIZE"), Is.EqualTo($":{keys.Length}\r\n"));
        Assert.That(Bulks(Text(pipe, "KEYS *")), Is.EquivalentTo(keys));
        string[] some = [.. keys.Where(k => k.StartsWith("key:12", StringComparison.Ordinal))];
        Assert.That(Bulks(Text(pipe, "KEYS key:12*")), Is.EquivalentTo(some));
        Assert.That(Bulks(Text(pipe, "KEYS *5")), Is.EquivalentTo(keys.Where(k => k.EndsWith('5'))));
        foreach (string options in (string[])["", " COUNT 1", " COUNT 1000", " MATCH key:* TYPE string"])
            Assert.That(Scan(pipe, options), Is.EquivalentTo(keys), options);
        Assert.That(Scan(pipe, " MATCH key:12*"), Is.EquivalentTo(some));
        Assert.That(Scan(pipe, " TYPE hash"), Is.Empty);
        var seen = new HashSet<string>();
        for (int i = 0; i < 100; i++) seen.Add(Bulks(Text(pipe, "RANDOMKEY")).Single());
        Assert.That(seen, Is.SubsetOf(keys).And.Count.GreaterThan(50));
    }

    private static List<string> Scan(ReplyPipe pipe, string options)
    {
        var found = new List<string>();
        string cursor = "0";
        do
        {
            string[] reply = Bulks(Text(pipe, $"SCAN {cursor}{options}"));
            cursor = reply[0];
            found.AddRange(reply.Skip(1));
        }
        while (cursor != "0");
        return found;
    }

    private static async Task Run(int protocol, string cores, int sequences)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync(
            $"cold data in RESP{protocol} on {cores} core(s): seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync([("cores", cores), .. TinyMemory]);
        // Redis would forget how its strings came to be (OBJECT ENCODING), which Hedge keeps on disk.
        byte[][] nothing = CommandLine.Split("DEBUG SLEEP 0");
        pair.ForRedis = words => IsReload(words) ? nothing : words;
        var random = new Random(seed);
        for (int i = 0; i < sequences; i++)
        {
            GeneratedCommand[] commands = [.. Sequence(random)];
            int[] chunks = [.. Enumerable.Range(0, 20)
                .Select(_ => random.Next(4) == 0 ? 1 : random.Next(1, 60))];
            if (pair.FirstMismatch(commands, protocol, chunks) is not { } mismatch) continue;
            IReadOnlyList<GeneratedCommand> shrunk =
                pair.Shrink([.. commands.Take(mismatch.Index + 1)], protocol);
            Mismatch shown = pair.FirstMismatch(shrunk, protocol, [1]) ?? mismatch;
            string lines = string.Join('\n',
                shrunk.TakeLast(30).Select(c => Short(CommandLine.Join(c.Words))));
            Assert.Fail($"RESP{protocol}, {cores} core(s), seed {seed}, sequence {i}, "
                + $"shrunk to {shrunk.Count}:\n{lines}\n"
                + $"redis: {Short(shown.Expected)}\nhedge: {Short(shown.Actual)}");
        }

        using var pipe = new ReplyPipe(pair.Hedge.Port);
        Assert.That(RestartedBy(pipe), Is.GreaterThan(30 * sequences), "the data was on disk");
    }

    // Runs of commands that had to wait for a record to be read.
    private static long RestartedBy(ReplyPipe pipe)
    {
        const string name = "commands_restarted:";
        string info = Text(pipe, "INFO stats");
        int at = info.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return long.Parse(info.AsSpan(at, info.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
    }

    /// <summary>Many keys, dropped from memory, and commands on them with a drop now and then.</summary>
    private static IEnumerable<GeneratedCommand> Sequence(Random random)
    {
        string[] keys = [.. Enumerable.Range(0, KeyCount).Select(i => $"key:{i}"), "{tag}x", "{tag}y", ""];
        foreach (string key in keys)
        {
            if (random.Next(10) == 0) continue;
            byte[][] set = [.. CommandLine.Split("SET"), Encoding.Latin1.GetBytes(key), Value(random)];
            if (random.Next(4) == 0) set = [.. set, .. CommandLine.Split("EX 5000")];
            yield return new GeneratedCommand("SET", set);
        }

        var mix = new CommandMix(random, keys);
        var reload = new GeneratedCommand("DEBUG", CommandLine.Split("DEBUG RELOAD"));
        bool inTransaction = false;
        for (int i = 0; i < CommandsPerSequence; i++)
        {
            if (i % CommandsPerReload == 0 && !inTransaction) yield return reload;
            GeneratedCommand next = mix.Next();
            // A flush leaves little to read; one in ten of them is enough.
            if (next.Name is "FLUSHALL" or "FLUSHDB" && random.Next(10) > 0) continue;
            inTransaction = (inTransaction || next.Name == "MULTI") && next.Name is not ("EXEC" or "DISCARD");
            yield return next;
        }

        if (inTransaction) yield return new GeneratedCommand("DISCARD", CommandLine.Split("DISCARD"));
    }

    private static bool IsReload(byte[][] words) =>
        words.Length == 2 && words[0].AsSpan().SequenceEqual("DEBUG"u8)
        && words[1].AsSpan().SequenceEqual("RELOAD"u8);

    private static byte[] Value(Random random)
    {
        if (random.Next(3) == 0) return Encoding.ASCII.GetBytes($"{random.Next(-100, 100_000)}");
        byte[] value = new byte[random.Next(20) == 0 ? random.Next(40_000) : random.Next(600)];
        random.NextBytes(value);
        return value;
    }

    private static ServerLaunch Launch(string cores, string? directory) => new()
    {
        Directory = directory,
        Settings = [("cores", cores), .. TinyMemory],
    };

    private static string Short(string text) => text.Length <= 400 ? text : text[..400] + "…";

    private static string Text(ReplyPipe pipe, string line) => Encoding.Latin1.GetString(pipe.Run(line));

    private static string[] Bulks(string reply)
    {
        string[] lines = reply.Split("\r\n");
        return [.. Enumerable.Range(1, lines.Length - 1)
            .Where(i => lines[i - 1].StartsWith('$')).Select(i => lines[i])];
    }
}
