using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>
/// appendfsync everysec: a power failure takes at most about two seconds, of each partition only the end, and
/// of a write to several partitions all or nothing.
/// </summary>
/// <remarks>
/// Each client numbers its writes and puts the number into one of its keys; now and then into keys of several
/// partitions at once. So what is found says how far each client's part of each partition has come.
/// </remarks>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerLossTests
{
    private const long LossMillisecondsMax = 2_100;
    private const int Clients = 3;
    private static readonly string[] Tags = ["{a}", "{b}", "{c}", "{d}"];

    [Test]
    public void Every_second_loses_at_most_two_seconds_and_keeps_a_clean_prefix()
    {
        long worst = 0;
        int lossy = 0;
        foreach (ulong seed in SimCounts.Seeds(500))
        {
            long lost = Lose(seed);
            worst = Math.Max(worst, lost);
            if (lost > 0) lossy++;
        }

        Figures.Write("everysec-loss", new Dictionary<string, object>
        {
            ["largest-loss-ms"] = worst,
            ["runs"] = SimCounts.Times(500),
            ["runs-that-lost"] = lossy,
        });
        Assert.That(worst, Is.LessThanOrEqualTo(LossMillisecondsMax));
        Assert.That(lossy, Is.GreaterThan(10), "runs that lost something");
    }

    private static long Lose(ulong seed)
    {
        SimSeed chance = new(seed ^ 0x5555);
        SimServerOptions options = new() { Cores = 1 << (int)(seed % 3), Fsync = AppendFsync.EverySec };
        SimWorld world = new(seed, options) { PauseMicroseconds = 300_000 };
        for (int client = 0; client < Clients; client++) world.AddClient(Script(chance, client));
        try
        {
            world.Start();
            for (int i = chance.Below(4000); i >= 0 && !world.IsDone; i--) world.Step();
            long failure = world.Clock.UnixMilliseconds;
            world.Crash();
            world.EndScripts();
            SimOp[] written = [.. world.History.Where(op => op.Invoke != long.MaxValue)];
            world.Options = options with { Cores = 1 + chance.Below(4) };
            world.Start();
            SimWorld after = world;
            return Enumerable.Range(0, Clients).Max(client => Verify(after, written, client, failure, seed));
        }
        finally
        {
            world.Dispose();
        }
    }

    private static List<SimAction> Script(SimSeed chance, int client)
    {
        List<SimAction> script = [];
        for (int number = 1; number <= 400; number++)
        {
            string text = $"{number}".PadLeft(6 + chance.Below(80), '0');
            if (chance.Chance(0.8)) script.Add(SimAction.Of("SET", Key(chance, client), text));
            else script.Add(SimAction.Of("MSET", Key(chance, client, 0), text, Key(chance, client, 2), text));
        }

        return script;
    }

    private static string Key(SimSeed chance, int client, int tag = -1) =>
        $"{Tags[tag >= 0 ? tag + chance.Below(2) : chance.Below(Tags.Length)]}{client}.{chance.Below(3)}";

    private static long Verify(SimWorld world, SimOp[] written, int client, long failure, ulong seed)
    {
        (string[] Keys, int Number, SimOp Op)[] own =
            [.. written.Where(op => op.Client == client).Select(op => Parse(op))];
        Dictionary<string, int> found = Read(world, client);
        int[] reached =
            [.. Tags.Select(tag => found.Where(pair => In(pair.Key, tag)).Max(pair => pair.Value))];
        long lost = 0;
        foreach ((string key, int number) in found)
        {
            int prefix = reached[Array.FindIndex(Tags, tag => In(key, tag))];
            int expected = own.Where(write => write.Number <= prefix && write.Keys.Contains(key))
                .Select(write => write.Number)
                .LastOrDefault();
            if (number != expected)
                throw Failure(seed, $"{key} is {number} and not {expected}: no clean prefix");
        }

        foreach ((string[] keys, int number, SimOp op) in own)
        {
            int[] tags = [.. keys.Select(key => Array.FindIndex(Tags, tag => In(key, tag)))];
            bool[] kept = [.. tags.Select(tag => reached[tag] >= number)];
            if (kept.Distinct().Count() > 1) throw Failure(seed, $"{op} is there in part");
            if (!kept[0] && !op.IsPending) lost = Math.Max(lost, failure - op.ReturnMilliseconds);
        }

        return lost;
    }

    private static (string[] Keys, int Number, SimOp Op) Parse(SimOp op)
    {
        string[] command = op.Action.Commands[0];
        return ([.. SimAction.KeysOf(command)], int.Parse(command[2], CultureInfo.InvariantCulture), op);
    }

    private static Dictionary<string, int> Read(SimWorld world, int client)
    {
        string[] keys =
            [.. Tags.SelectMany(tag => Enumerable.Range(0, 3).Select(i => $"{tag}{client}.{i}"))];
        SimClient reader = world.AddClient([new SimAction([["MGET", .. keys]])]);
        while (!world.History.Any(op => op.Client == reader.Index && !op.IsPending)) world.Step();
        string reply = world.History.Single(op => op.Client == reader.Index).Reply!;
        string[] values = reply[1..^1].Split(',');
        Dictionary<string, int> found = [];
        for (int i = 0; i < keys.Length; i++)
            found[keys[i]] = values[i] == "_" ? 0 : int.Parse(values[i][1..], CultureInfo.InvariantCulture);
        return found;
    }

    private static bool In(string key, string tag) => key.StartsWith(tag, StringComparison.Ordinal);

    private static SimFailureException Failure(ulong seed, string text) => new($"seed {seed}: {text}");
}
