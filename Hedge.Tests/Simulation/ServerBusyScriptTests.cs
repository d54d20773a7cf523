using System.Globalization;
using System.Text;
using Hedge.Host.Cores;
using Hedge.Host.Leases;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Scripts that become busy while commands of several partitions wait for what they hold, and are
/// killed or not: everybody gets a reply, what was refused has changed nothing, and nothing stays
/// held.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerBusyScriptTests
{
    private const int StepsMax = 5000;
    private static readonly string[] Keys = ["a", "b", "c", "d", "e", "f"];
    private static readonly string[] Queues = ["q", "r"];

    // Of the partitions 0 to 3.
    private static readonly string[] KeyOf = ["{a0}", "{a1}", "{a2}", "{a3}"];

    private SimWorld _world = null!;

    [TearDown]
    public void DisposeWorld() => _world?.Dispose();

    [Test]
    public void Everybody_gets_a_reply_and_what_was_refused_has_changed_nothing()
    {
        Figures figures = new();
        foreach (ulong seed in SimCounts.Seeds(90))
        {
            new SimRun(seed).WithScripts(ScriptsOf(seed))
                .Execute(scripts => Check(seed, scripts, LeaseBug.None, figures));
        }

        TestContext.Out.WriteLine(figures);
        Assert.That(figures.Withdrawn, Is.GreaterThan(300));
        Assert.That(figures.Killed, Is.GreaterThan(50));
        Assert.That(figures.Served, Is.GreaterThan(50));
    }

    /// <summary>Bugs are planted: a grant that comes after its lease was withdrawn counts; an owner is not
    /// told that a lease was withdrawn.</summary>
    [TestCase("TakesLateGrants")]
    [TestCase("KeepsWithdrawn")]
    [PlantedBug("a grant counts although its lease was withdrawn")]
    [PlantedBug("an owner is not told that a lease was withdrawn")]
    public void Plants_are_found(string bug)
    {
        PausingRuns.MustBeFound(
            seed => Check(seed, ScriptsOf(seed), Enum.Parse<LeaseBug>(bug), new Figures()));
    }

    /// <summary>The client waits for a key and is served while a script holds the other key that it
    /// needs.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_blocked_client_that_needs_what_a_busy_script_holds_is_served_after_it(int cores)
    {
        Start(cores);
        SimRequester taker = new(_world, cores - 1);
        SimRequester caller = new(_world);
        SimRequester other = new(_world, cores / 2);
        Send(taker, $"BLMOVE {KeyOf[0]}source {KeyOf[3]}target LEFT LEFT 0");
        Await("the client blocks", () => _world.Server!.Cores.Any(core =>
            core.Loop.Connections.All.Any(connection => connection.Session.Blocked)));
        CallEndless(caller, $"{KeyOf[3]}x");
        Assert.That(other.Call($"RPUSH {KeyOf[0]}source one"), Is.EqualTo(":1|"));
        Await("what it was given is given back", () => Withdrawn(_world) > 0);
        Assert.That(other.Call($"LLEN {KeyOf[0]}source"), Is.EqualTo(":1|"));
        Assert.That(other.Call($"LLEN {KeyOf[3]}target"), Does.StartWith("-BUSY "));
        Assert.That(other.Call("SCRIPT KILL"), Is.EqualTo("+OK|"));
        Assert.That(Show(caller), Does.StartWith("-ERR Script killed by user"));
        Assert.That(Show(taker), Is.EqualTo("$3|one|"));
        Assert.That(other.Call($"LLEN {KeyOf[3]}target"), Is.EqualTo(":1|"));
        FreeAll(_world);
        _world.Close();
    }

    /// <summary>FLUSHALL has got the partitions of the cores before the one where the script runs.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Nobody_waits_behind_a_command_that_waits_for_a_busy_script(int cores)
    {
        Start(cores, busyMilliseconds: 300);
        SimRequester caller = new(_world, cores - 1);
        SimRequester flusher = new(_world);
        SimRequester reader = new(_world, cores / 2);
        SimRequester watcher = new(_world, cores / 2);
        Assert.That(reader.Call($"SET {KeyOf[0]}x 1"), Is.EqualTo("+OK|"));
        Send(caller, "EVAL", "while true do end", "1", $"{KeyOf[3]}x");
        Await("the script holds its key", () => _world.Server!.Group.Partitions[3].Holder is not null);
        Send(flusher, "FLUSHALL");
        Send(watcher, $"WATCH {KeyOf[0]}x {KeyOf[3]}x");
        Await("both wait",
            () => _world.Server!.Cores.Sum(core => core.Loop.Executor.Leases.Asked.Count) == 2);
        Assert.That(Show(flusher), Does.StartWith("-BUSY "));
        Assert.That(reader.Call($"GET {KeyOf[0]}x"), Is.EqualTo("$1|1|"));
        Assert.That(reader.Call("SCRIPT KILL"), Is.EqualTo("+OK|"));
        Assert.That(Show(caller), Does.StartWith("-ERR Script killed by user"));
        Assert.That(Show(watcher), Is.EqualTo("+OK|"));
        Assert.That(flusher.Call("FLUSHALL"), Is.EqualTo("+OK|"));
        FreeAll(_world);
        _world.Close();
    }

    /// <summary>A refused EXEC forgets its watched keys, though others hold them.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void An_EXEC_that_is_refused_leaves_nothing_behind(int cores)
    {
        foreach (string end in (string[])["EXEC", "DISCARD", "RESET", "vanish"])
        {
            Start(cores);
            SimRequester caller = new(_world, cores - 1);
            SimRequester client = new(_world);
            Assert.That(client.Call($"WATCH {KeyOf[0]}x {KeyOf[3]}x"), Is.EqualTo("+OK|"));
            Assert.That(client.Call("MULTI"), Is.EqualTo("+OK|"));
            Assert.That(client.Call($"MGET {KeyOf[1]}x {KeyOf[3]}x"), Is.EqualTo("+QUEUED|"));
            CallEndless(caller, $"{KeyOf[3]}x");
            if (end == "EXEC")
            {
                Assert.That(client.Call(end), Does.StartWith("-EXECABORT ").And.Contain(": BUSY "));
                Assert.That(client.Call(end), Is.EqualTo("-ERR EXEC without MULTI|"));
            }
            else if (end != "vanish")
            {
                Assert.That(client.Call(end), Is.EqualTo(end == "RESET" ? "+RESET|" : "+OK|"));
            }
            else
            {
                client.Vanish();
                client = new SimRequester(_world);
            }

            Assert.That(client.Call("SCRIPT KILL"), Is.EqualTo("+OK|"));
            Assert.That(Show(caller), Does.StartWith("-ERR Script killed by user"));
            FreeAll(_world);
            Await("nobody watches", () =>
                _world.Server!.Group.Partitions.All(slot => slot.Store.Watches.IsEmpty));
            _world.Close();
        }
    }

    private static void Check(ulong seed, List<List<SimAction>> scripts, LeaseBug bug, Figures figures)
    {
        SimServerOptions options = new()
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
            BusyMilliseconds = 5 + (30 * (int)(seed % 4)),
            HasTestCommands = true,
        };
        SimWorld world = new(seed, options)
        {
            PauseMicroseconds = 200_000,
            BeforeStep = done => Plant(done, bug),
        };
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        world.Complete(done =>
        {
            FreeAll(done);
            figures.Add(done);
        });
    }

    private static void Plant(SimWorld world, LeaseBug bug)
    {
        foreach (SimCore core in world.Server!.Cores) core.Loop.Executor.Leases.Bug = bug;
    }

    // The end of a lease may still be on its way to an owner.
    private static void FreeAll(SimWorld world)
    {
        for (int i = 0; IsAnyHeld(world.Server!.Group, world); i++)
        {
            if (i == StepsMax) throw new SimFailureException("a partition stays held");
            world.Step();
        }
    }

    private static bool IsAnyHeld(CoreGroup group, SimWorld world) =>
        group.Partitions.Any(slot => slot.Holder is not null)
        || world.Server!.Cores.Any(core => core.Loop.Executor.Leases is { AnyHeld: true } or { Active: > 0 });

    private static long Withdrawn(SimWorld world) =>
        world.Server!.Cores.Sum(core => core.Loop.Statistics.Counters.LeasesWithdrawn);

    private static List<List<SimAction>> ScriptsOf(ulong seed)
    {
        SimSeed chance = new(seed ^ 0x0B05_0B05);
        // The model does not know that FLUSHALL changes watched keys that are not there.
        bool watches = seed % 2 == 0;
        int values = 0;
        List<List<SimAction>> scripts = [];
        for (int client = 0; client < 5; client++)
        {
            List<SimAction> script = [];
            while (script.Count < 22) Add(script, chance, watches, ref values);
            scripts.Add(script);
        }

        return scripts;
    }

    private static void Add(List<SimAction> script, SimSeed chance, bool watches, ref int values)
    {
        switch (chance.Below(20))
        {
            case 0 or 1 or 2 or 3:
                script.Add(Lua(chance, ref values));
                break;
            case 4:
                script.Add(SimAction.Of("SCRIPT", "KILL"));
                break;
            case 5 when watches:
                script.Add(SimAction.Of("WATCH", Any(chance, Keys), Any(chance, Keys)));
                script.Add(new SimAction(Several(chance, ref values), IsTransaction: true));
                break;
            case 5:
                script.Add(SimAction.Of("FLUSHALL"));
                break;
            case 6 or 7:
                script.Add(new SimAction(Several(chance, ref values), IsTransaction: true));
                break;
            case 8:
                script.Add(SimAction.Of("DBSIZE"));
                break;
            case 9:
                script.Add(SimAction.Of("KEYS", "*"));
                break;
            case 10:
                script.Add(SimAction.Of("TEST.PUSH", Any(chance, Queues), $"i{values++}"));
                break;
            case 11:
                string wait = $"{1 + chance.Below(chance.Chance(0.3) ? 2000 : 20)}";
                script.Add(new SimAction([["TEST.TAKE", .. Queues.OrderBy(_ => chance.Next()), wait]]));
                break;
            default:
                script.Add(new SimAction([Command(chance, ref values)]));
                break;
        }
    }

    private static SimAction Lua(SimSeed chance, ref int values)
    {
        int[] spins = [0, 20_000, 200_000, 600_000];
        return new SimAction(Several(chance, ref values),
            Lua: new SimLua(chance.Chance(0.7), spins[chance.Below(spins.Length)]));
    }

    private static string[][] Several(SimSeed chance, ref int values)
    {
        string[][] commands = new string[1 + chance.Below(3)][];
        for (int i = 0; i < commands.Length; i++) commands[i] = Command(chance, ref values);
        return commands;
    }

    private static string[] Command(SimSeed chance, ref int values)
    {
        string key = Any(chance, Keys);
        string other = Any(chance, Keys);
        return chance.Below(8) switch
        {
            0 or 1 => ["GET", key],
            2 => ["SET", key, $"{values++}"],
            3 => ["INCR", key],
            4 => key == other ? ["DEL", key] : ["DEL", key, other],
            5 => ["MSET", key, $"{values++}", other, $"{values++}"],
            6 => ["MGET", key, other, key],
            _ => key == other ? ["APPEND", key, "+"] : ["RENAME", key, other],
        };
    }

    private static string Any(SimSeed chance, string[] keys) => keys[chance.Below(keys.Length)];

    private void Start(int cores, int busyMilliseconds = 1)
    {
        _world = new SimWorld(1, new SimServerOptions { Cores = cores, BusyMilliseconds = busyMilliseconds });
        _world.Start();
        for (int i = 0; i < KeyOf.Length; i++)
        {
            Assert.That(_world.Server!.Group.Table.Of(Encoding.ASCII.GetBytes(KeyOf[i])), Is.EqualTo(i));
        }
    }

    private void CallEndless(SimRequester caller, string key)
    {
        Send(caller, "EVAL", "while true do end", "1", key);
        Await("the script becomes busy", () => _world.Server!.Group.Server.RunningScripts.AnyBusy);
    }

    private void Await(string what, Func<bool> happens)
    {
        for (int i = 0; !happens(); i++)
        {
            if (i == 10 * StepsMax) throw new SimFailureException($"this does not happen: {what}");
            _world.Step();
        }
    }

    private static void Send(SimRequester client, string line) => Send(client, line.Split(' '));

    private static void Send(SimRequester client, params string[] words) =>
        client.Send([.. words.Select(Encoding.Latin1.GetBytes)]);

    private static string Show(SimRequester client) => Hedge.Tests.Commands.ReplyReader.Show(client.Read());

    private sealed class Figures
    {
        private long _busy;

        public long Withdrawn { get; private set; }

        public long Killed { get; private set; }

        /// <summary>Clients that have waited for an item and got it.</summary>
        public long Served { get; private set; }

        public void Add(SimWorld world)
        {
            Withdrawn += ServerBusyScriptTests.Withdrawn(world);
            _busy += world.History.Count(op => op.IsBusy || op.Reply?.Contains(": BUSY ") == true);
            Killed += world.History.Count(op => op.Reply?.Contains("killed by user") == true);
            Served += world.History.Count(op => op.Action.Commands is [["TEST.TAKE", ..]]
                && op.Reply is ['[', ..]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Withdrawn} leases withdrawn, {_busy} BUSY, {Killed} killed, {Served} served");
    }
}
