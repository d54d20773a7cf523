using System.Text;
using Hedge.Host.Slots;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>
/// Clients that keep copies of what they read (CLIENT TRACKING), on one, two and four cores: no copy is
/// older than a write that its client was told of, and when nothing is on its way any more all copies equal
/// what the server has.
/// </summary>
[TestFixture]
[Category("sim")]
public sealed class ServerTrackingTests
{
    private const int SeedsToFind = 30;
    private const int QuietSteps = 600;

    private static readonly string[] Keys = ["a", "b", "{a}c", "d", "e", "f", "g"];

    private static readonly string[] Modes = ["", "", "NOLOOP", "BCAST", "BCAST PREFIX a PREFIX {"];

    [Test]
    public void No_copy_is_older_than_a_write_that_was_told([Values(1, 2, 4)] int cores)
    {
        Sums sums = new();
        foreach (ulong seed in SimCounts.Seeds(40)) Live(seed, cores, grows: true, sums, null);
        sums.Write($"tracking-growing-{cores}");
        Assert.That(sums.Messages, Is.GreaterThan(2000));
        Assert.That(sums.Hits, Is.GreaterThan(1000));
        Assert.That(sums.Compared, Is.GreaterThan(500));
    }

    [Test]
    public void Copies_equal_what_the_server_has_whatever_changes_it([Values(1, 2, 4)] int cores)
    {
        Sums sums = new();
        foreach (ulong seed in SimCounts.Seeds(40)) Live(seed, cores, grows: false, sums, null);
        sums.Write($"tracking-{cores}");
        Assert.That(sums.Messages, Is.GreaterThan(1000));
        Assert.That(sums.Compared, Is.GreaterThan(500));
    }

    /// <summary>A planted bug: now and then a partition forgets who has read its keys.</summary>
    [Test]
    [PlantedBug("an invalidation is lost")]
    public void A_lost_message_is_found([Values(1, 2)] int cores, [Values] bool grows)
    {
        for (ulong seed = 1; seed <= SeedsToFind; seed++)
        {
            SimSeed chance = new(seed);
            try
            {
                Live(seed, cores, grows, new Sums(), world =>
                {
                    if (!chance.Chance(0.01)) return;
                    foreach (PartitionSlot slot in world.Server!.Group.Partitions) slot.Store.Readers.Clear();
                });
            }
            catch (SimFailureException found)
            {
                TestContext.Out.WriteLine($"seed {seed}: {found.Message.Split('\n')[0]}");
                return;
            }
        }

        Assert.Fail($"nothing was found in {SeedsToFind} seeds");
    }

    private static void Live(ulong seed, int cores, bool grows, Sums sums, Action<SimWorld>? beforeStep)
    {
        SimSeed chance = new(seed ^ 0x7AC4);
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = cores,
            Fsync = SimRun.Policies[(int)(seed % 3)],
            MailboxBytes = seed % 2 == 0 ? 4096 : 64 * 1024,
        })
        {
            BeforeStep = beforeStep,
        };
        try
        {
            world.Start();
            SimCache[] caches = [.. Enumerable.Range(0, 3).Select(i => new SimCache(
                world, chance.Below(cores), i == 0 ? "" : Modes[chance.Below(Modes.Length)], grows))];
            for (int round = 0; round < 6; round++)
            {
                for (int i = 0; i < 2; i++) world.AddClient(Writer(chance, grows, 25));
                Act(world, caches, chance, grows, 80);
                world.AddClient(Writer(chance, grows: true, 2));
                Act(world, caches, chance, grows: true, 20);
                Compare(world, caches, sums);
            }

            foreach (SimCache cache in caches) sums.Add(cache);
            world.Close();
        }
        catch (SimFailureException failure)
        {
            throw new SimFailureException($"seed {seed}, {cores} cores: {failure.Message}");
        }
        finally
        {
            world.Dispose();
        }
    }

    private static void Act(SimWorld world, SimCache[] caches, SimSeed chance, bool grows, int acts)
    {
        for (int left = acts; left > 0 || !world.IsDone || caches.Any(cache => cache.Awaited > 0);)
        {
            if (world.Steps > 1_000_000) throw new SimFailureException("replies do not come");
            SimCache cache = caches[chance.Below(caches.Length)];
            if (left > 0 && cache.Awaited < 5 && chance.Chance(0.2))
            {
                left--;
                Act(cache, chance, grows);
            }

            world.Step();
        }
    }

    private static void Act(SimCache cache, SimSeed chance, bool grows)
    {
        string key = Key(chance);
        switch (chance.Below(10))
        {
            case 0: cache.ReadAll(key, Key(chance)); break;
            case 1: cache.ReadAndWrite(key, chance.Chance(0.5) ? key : Key(chance)); break;
            case 2: cache.ReadInScript(key, writes: chance.Chance(0.5)); break;
            case 3: cache.Write($"INCR {key}"); break;
            case 4 when !grows: cache.Write($"SET {key} 1 PX {1 + chance.Below(100)}"); break;
            default: cache.Read(key); break;
        }
    }

    private static IEnumerable<SimAction> Writer(SimSeed chance, bool grows, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string[] increment = ["INCR", Key(chance)];
            if (chance.Chance(0.2)) yield return new SimAction([increment, ["INCR", Key(chance)]], true);
            else if (grows || chance.Chance(0.4)) yield return new SimAction([increment]);
            else yield return new SimAction([Other(chance)]);
        }
    }

    private static string[] Other(SimSeed chance) => chance.Below(13) switch
    {
        12 => SimFiles.LoadOf(1 + chance.Below(20), Keys.Where(_ => chance.Chance(0.3)).Append("z")),
        0 => ["FLUSHALL"],
        1 => ["HEDGE.DELPREFIX", Key(chance)],
        2 => ["RENAME", Key(chance), Key(chance)],
        3 => ["COPY", Key(chance), Key(chance), "REPLACE"],
        4 => ["DEL", Key(chance), Key(chance)],
        5 => ["MSET", Key(chance), "5", Key(chance), "6"],
        6 => ["PEXPIRE", Key(chance), "30"],
        7 => ["GETDEL", Key(chance)],
        8 => ["SET", Key(chance), "3", "PX", "40"],
        _ => ["SET", Key(chance), "7"],
    };

    // When nothing is on its way any more, whoever reads a key is told what the copies say. To read may let a
    // key expire, so it is quiet again before they are looked at.
    private static void Compare(SimWorld world, SimCache[] caches, Sums sums)
    {
        Quiet(world);
        SimRequester reader = new(world);
        reader.Call("HELLO 3");
        string[] found = [.. Keys.Select(key =>
        {
            reader.Send([Encoding.ASCII.GetBytes("GET"), Encoding.ASCII.GetBytes(key)]);
            string[] lines = Encoding.ASCII.GetString(reader.Read()).Split("\r\n");
            return lines[0] == "_" ? "nothing" : lines[1];
        })];
        Quiet(world);
        foreach (SimCache cache in caches)
        {
            if (cache.IsClosed) throw new SimFailureException("a cache was closed");
            for (int i = 0; i < Keys.Length; i++)
            {
                if (!IsAsked(cache, Keys[i])) continue;
                if (!cache.Copies.TryGetValue(Keys[i], out string? copy)) continue;
                sums.Compared++;
                copy ??= "nothing";
                if (copy != found[i])
                    throw new SimFailureException($"{Keys[i]} is {found[i]}, and a copy is {copy}");
            }
        }
    }

    private static bool IsAsked(SimCache cache, string key) =>
        cache.Prefixes.Count == 0 || cache.Prefixes.Any(p => key.StartsWith(p, StringComparison.Ordinal));

    private static void Quiet(SimWorld world)
    {
        for (int i = 0; i < QuietSteps; i++) world.Step();
    }

    private static string Key(SimSeed chance) => Keys[chance.Below(Keys.Length)];

    private sealed class Sums
    {
        public long Messages { get; private set; }

        public long Hits { get; private set; }

        public long Compared { get; set; }

        public void Add(SimCache cache)
        {
            Messages += cache.Messages;
            Hits += cache.Hits;
        }

        public void Write(string name) => Figures.Count(name, ("histories", SimCounts.Times(40)),
            ("messages", Messages), ("uses", Hits), ("compared", Compared), ("stale", 0));
    }
}
