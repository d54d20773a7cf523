using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>
/// What random commands cause beside their replies, in and outside of transactions, compared with
/// redis-server: keyspace events and the changes of INFO's counters. A sequence that differs is run again
/// command by command, so that the command shows. With several cores events are compared without their order.
/// </summary>
[TestFixture]
[Category("diff")]
internal sealed class EffectTests
{
    private const int CommandsPerSequence = 500;
    private const int LinesShown = 25;

    [TestCase(1, 120)]
    [TestCase(2, 120)]
    public async Task Commands_cause_the_same_events_and_counts(int cores, int sequences)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"effects with {cores} core(s): seed {seed}");
        using ServerPair pair = await ServerPair.StartAsync(("cores", $"{cores}"));
        using var redis = new EffectProbe(pair.Redis.Port);
        using var hedge = new EffectProbe(pair.Hedge.Port);
        string[] skipped = [.. Skipped()];
        var mix = new CommandMix(new Random(seed));
        var problems = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < sequences && problems.Count < 10; i++)
        {
            var commands = new List<GeneratedCommand>();
            while (commands.Count < CommandsPerSequence)
            {
                GeneratedCommand next = mix.Next();
                if (!skipped.Contains(next.Name) && !skipped.Contains(next.Name.Split('|')[0]))
                    commands.Add(next);
            }

            if (Run(pair, redis, hedge, commands, cores, commands.Count) == null) continue;
            if (Run(pair, redis, hedge, commands, cores, 1) is { } problem)
                problems.TryAdd(problem.Command, problem.Text);
        }

        Assert.That(problems.Values, Is.Empty, $"seed {seed}:\n{string.Join("\n\n", problems.Values)}");
    }

    [TestCase("SET a 1 EXAT 1")]
    [TestCase("SET a 1 PXAT 1")]
    [TestCase("SET new 1 NX GET PXAT 1")]
    [TestCase("EXPIRE a -1")]
    [TestCase("PEXPIREAT a 1")]
    [TestCase("GETEX a EXAT 1")]
    public async Task A_time_in_the_past_causes_the_same(string line)
    {
        using ServerPair pair = await ServerPair.StartAsync();
        using var redis = new EffectProbe(pair.Redis.Port);
        using var hedge = new EffectProbe(pair.Hedge.Port);
        // Redis finds a key that is over when it is asked for.
        string[] lines = ["SET a 0", line, "EXISTS a", "EXISTS new"];
        GeneratedCommand[] commands = [.. lines.Select(l => new GeneratedCommand(l, CommandLine.Split(l)))];
        Assert.That(Run(pair, redis, hedge, commands, cores: 2, commands.Length)?.Text, Is.Null);
    }

    // The command and the difference, or null.
    private static (string Command, string Text)? Run(ServerPair pair, EffectProbe redis, EffectProbe hedge,
        IReadOnlyList<GeneratedCommand> commands, int cores, int chunk)
    {
        using ReplyPipe toRedis = new(pair.Redis.Port), toHedge = new(pair.Hedge.Port);
        foreach (ReplyPipe pipe in (ReplyPipe[])[toRedis, toHedge]) pipe.Run("FLUSHALL");
        redis.Take();
        hedge.Take();
        for (int at = 0; at < commands.Count; at += chunk)
        {
            byte[][][] requests = [.. commands.Skip(at).Take(chunk).Select(c => c.Words)];
            toRedis.RunAll(requests);
            toHedge.RunAll(requests);
            string expected = Show(redis.Take(), cores), actual = Show(hedge.Take(), cores);
            if (expected == actual) continue;
            IEnumerable<string> lines = commands.Take(at + requests.Length).TakeLast(LinesShown)
                .Select(c => CommandLine.Join(c.Words));
            string text = $"after …; {string.Join("; ", lines)}\n{Cut(expected, actual)}";
            return (commands[at].Name, text);
        }

        return null;
    }

    private static string Show(
        (List<string> Events, SortedDictionary<string, long> Changes) effects, int cores)
    {
        IEnumerable<string> events = effects.Events;
        if (cores > 1) events = events.Order(StringComparer.Ordinal);
        IEnumerable<string> changes = effects.Changes.Select(c => $"{c.Key} {c.Value}");
        return string.Join('\n', events.Concat(changes));
    }

    private static string Cut(string expected, string actual)
    {
        string[] redis = expected.Split('\n'), hedge = actual.Split('\n');
        IEnumerable<string> only = redis.Except(hedge).Take(8).Select(l => "redis: " + l)
            .Concat(hedge.Except(redis).Take(8).Select(l => "hedge: " + l));
        return string.Join('\n', only.DefaultIfEmpty("the same lines, in another order or number"));
    }

    private static IEnumerable<string> Skipped()
    {
        string path = Path.Combine(Repository.Root, "Hedge.Tests", "Differential", "allowed-effects.txt");
        foreach (string line in File.ReadLines(path))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] words = line.Split(' ', 2);
            if (words.Length < 2) throw new FormatException($"{path}: {line}");
            yield return words[0];
        }
    }
}
