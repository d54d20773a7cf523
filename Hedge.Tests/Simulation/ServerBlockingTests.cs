using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Clients that wait for a key, with two commands of tests: what is pushed goes to who waits for it,
/// once, in the order of waiting, when the run that has pushed it is over.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerBlockingTests
{
    private static readonly string[] Keys = ["a", "b", "c", "d"];
    private SimWorld _world = null!;

    [TearDown]
    public void DisposeWorld() => _world?.Dispose();

    [Test]
    public void Histories_with_waits_are_linearizable()
    {
        long waits = 0;
        long served = 0;
        foreach (ulong seed in SimCounts.Seeds(60))
        {
            new SimRun(seed).WithBlocking(4, 25, Keys).Execute(scripts =>
            {
                List<SimOp> history = Complete(seed, scripts, null);
                waits += history.Count(IsTake);
                served += history.Count(op => IsTake(op) && op.Reply is ['[', ..] && op.Seen > op.Invoke);
            });
        }

        Figures.Count("blocking-waits", ("waits", waits), ("served", served));
        Assert.That(served, Is.GreaterThan(400));
    }

    [Test]
    public void A_power_failure_loses_no_item_and_gives_none_twice()
    {
        CrashSweep.Counts counts = new();
        SimServerOptions options = new() { Fsync = AppendFsync.Always, HasTestCommands = true };
        foreach (ulong seed in SimCounts.Seeds(15))
        {
            new SimRun(seed).WithBlocking(3, 20, Keys)
                .Execute(scripts =>
                    CrashSweep.Run(seed, scripts, every: 2 + (int)(seed % 4), counts, options));
        }

        counts.Write("crash-sweep-blocking");
        Assert.That(counts.Crashes, Is.GreaterThan(300));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Clients_are_served_in_the_order_in_which_they_blocked(int cores)
    {
        Start(cores);
        SimRequester[] takers = new SimRequester[8];
        for (int i = 0; i < takers.Length; i++)
        {
            takers[i] = new SimRequester(_world, i % cores);
            Block(takers[i], i % 3 == 0 ? "TEST.TAKE x a 0" : "TEST.TAKE a 0");
        }

        SimRequester pusher = new(_world);
        Send(pusher, "MULTI");
        for (int i = 0; i < takers.Length + 1; i++) Send(pusher, $"TEST.PUSH a i{i}");
        Send(pusher, "EXEC");
        for (int i = 0; i < takers.Length + 3; i++) pusher.Read();
        for (int i = 0; i < takers.Length; i++)
            Assert.That(Show(takers[i]), Is.EqualTo($"*2|$1|a|$2|i{i}|"), $"taker {i}");
        Assert.That(pusher.Call("GET a"), Is.EqualTo("$3|i8;|"));
        EmptyLines(_world);
    }

    [TestCase(1)]
    [TestCase(4)]
    public void Nobody_comes_between_the_push_and_who_waits(int cores)
    {
        Start(cores);
        for (int round = 0; round < 20; round++)
        {
            SimRequester taker = new(_world, round % cores);
            Block(taker, "TEST.TAKE a 0");
            SimRequester pusher = new(_world, round / 2 % cores);
            Send(pusher, "TEST.PUSH a one");
            Send(pusher, "GET a");
            Assert.That(Show(pusher), Is.EqualTo(":4|"));
            Assert.That(Show(pusher), Is.EqualTo("$-1|"));
            Assert.That(Show(taker), Is.EqualTo("*2|$1|a|$3|one|"));
        }
    }

    [TestCase("MULTI;DEL b;TEST.PUSH a i;DEL a;TEST.PUSH b late;EXEC", "b", "late")]
    [TestCase("TEST.PUSH s one;RENAME s a", "a", "one")]
    [TestCase("TEST.PUSH s one;COPY s b", "b", "one")]
    [TestCase("SELECT 1;TEST.PUSH a one;MOVE a 0", "a", "one")]
    [TestCase("SELECT 1;TEST.PUSH b one;SWAPDB 0 1", "b", "one")]
    public void Everything_that_makes_an_item_appear_wakes(string commands, string key, string item)
    {
        foreach (int cores in (int[])[1, 2, 4])
        {
            Start(cores);
            SimRequester taker = new(_world, cores - 1);
            Block(taker, "TEST.TAKE a b 0");
            SimRequester pusher = new(_world);
            foreach (string command in commands.Split(';')) pusher.Call(command);
            Assert.That(Show(taker), Is.EqualTo($"*2|$1|{key}|${item.Length}|{item}|"), $"{cores} cores");
            _world.Dispose();
        }
    }

    [Test]
    public void The_key_that_was_pushed_to_first_wins()
    {
        foreach (int cores in (int[])[1, 2, 4])
        {
            Start(cores);
            SimRequester taker = new(_world, cores - 1);
            Block(taker, "TEST.TAKE a {a}b 0");
            SimRequester pusher = new(_world);
            foreach (string command in (string[])["MULTI", "TEST.PUSH {a}b two", "TEST.PUSH a one", "EXEC"])
                pusher.Call(command);
            Assert.That(Show(taker), Is.EqualTo("*2|$4|{a}b|$3|two|"), $"{cores} cores");
            Assert.That(pusher.Call("GET a"), Is.EqualTo("$4|one;|"));
            _world.Dispose();
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_wait_ends_by_its_time_by_CLIENT_UNBLOCK_and_with_its_client(int cores)
    {
        Start(cores);
        SimRequester taker = new(_world, cores - 1);
        Assert.That(taker.Call("TEST.TAKE a b 500"), Is.EqualTo("*-1|"));
        SimRequester other = new(_world);
        string id = taker.Call("CLIENT ID").Trim(':', '|');
        Block(taker, "TEST.TAKE a b 0");
        for (int i = 0; i < 100 && !other.Call("INFO clients").Contains("blocked_clients:1"); i++)
            other.Ignore(100);
        Assert.That(other.Call("INFO clients"), Does.Contain("blocked_clients:1"));
        Assert.That(other.Call($"CLIENT UNBLOCK {id} ERROR"), Is.EqualTo(":1|"));
        Assert.That(Show(taker), Is.EqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK|"));
        Block(taker, "TEST.TAKE a b 0");
        Assert.That(other.Call($"CLIENT UNBLOCK {id}"), Is.EqualTo(":1|"));
        Assert.That(Show(taker), Is.EqualTo("*-1|"));
        Assert.That(other.Call($"CLIENT UNBLOCK {id}"), Is.EqualTo(":0|"));
        Block(taker, "TEST.TAKE a b 0");
        taker.Vanish();
        other.Ignore(2000);
        Assert.That(other.Call("TEST.PUSH a kept"), Is.EqualTo(":5|"));
        Assert.That(other.Call("GET a"), Is.EqualTo("$5|kept;|"));
        EmptyLines(_world);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_client_that_waits_and_watches_leaves_nothing_behind_when_it_vanishes(int cores)
    {
        Start(cores);
        for (int i = 0; i < 8; i++)
        {
            SimRequester taker = new(_world, cores - 1);
            taker.Call($"WATCH watched{i} other{i}");
            Block(taker, "TEST.TAKE a b 0");
            taker.Vanish();
        }

        SimRequester other = new(_world);
        other.Ignore(2000);
        Assert.That(other.Call("INFO clients"), Does.Contain("blocked_clients:0"));
        Assert.That(other.Call("TEST.PUSH a kept"), Is.EqualTo(":5|"));
        Assert.That(other.Call("GET a"), Is.EqualTo("$5|kept;|"));
        EmptyLines(_world);
        _world.Close();
    }

    [Test]
    public void A_client_that_waits_runs_none_of_its_later_commands()
    {
        foreach (int cores in (int[])[1, 2, 4])
        {
            Start(cores);
            SimRequester taker = new(_world, cores - 1);
            Send(taker, "TEST.TAKE a 0");
            Send(taker, "SET after 1");
            taker.Ignore(500);
            SimRequester other = new(_world);
            Assert.That(other.Call("GET after"), Is.EqualTo("$-1|"));
            other.Call("TEST.PUSH a one");
            Assert.That(Show(taker), Is.EqualTo("*2|$1|a|$3|one|"));
            Assert.That(Show(taker), Is.EqualTo("+OK|"));
            _world.Dispose();
        }
    }

    /// <summary>Bugs are planted: a partition that is given to a client is free meanwhile; a client is served
    /// twice. (One served before the run is over that has pushed breaks an invariant of the log.)</summary>
    [TestCase("free")]
    [TestCase("twice")]
    [PlantedBug("a partition given to a blocked client is free meanwhile")]
    [PlantedBug("a blocked client is served twice")]
    public void Plants_are_found(string plant)
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            try
            {
                Complete(seed, new SimRun(seed).WithBlocking(4, 30, Keys).Scripts,
                    world => Plant(world, plant));
            }
            catch (Exception problem) when (problem is not AssertionException)
            {
                TestContext.Out.WriteLine($"seed {seed}: {problem.Message}");
                return;
            }
        }

        Assert.Fail("the plant was not found");
    }

    private static void Plant(SimWorld world, string plant)
    {
        foreach (PartitionSlot slot in world.Server!.Group.Partitions)
        {
            if (plant == "free" && slot.Holder is { Wait: not null }) slot.Holder = null;
            if (plant == "twice" && slot.Holder?.Wait is { IsOver: true } wait) wait.IsOver = false;
        }
    }

    private static bool IsTake(SimOp op) => op.Action.Commands is [["TEST.TAKE", ..]];

    private static List<SimOp> Complete(
        ulong seed, List<List<SimAction>> scripts, Action<SimWorld>? beforeStep)
    {
        SimServerOptions options = new()
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
            HasTestCommands = true,
        };
        SimWorld world = new(seed, options)
        {
            BeforeStep = beforeStep,
            ForgetProbability = 0.3,
            PauseMicroseconds = 5000,
        };
        world.Prefill(SimRun.ManyKeys[^30..]);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        world.Complete(beforeStep is null ? EmptyLines : null);
        return world.History;
    }

    // Who has been served leaves the other keys' lines a little later.
    private static void EmptyLines(SimWorld world)
    {
        for (int i = 0; world.Server!.Group.Partitions.Any(slot => slot.Store.Watches.HasWaiters); i++)
        {
            if (i == 5000) throw new SimFailureException("somebody is in line who does not wait");
            world.Step();
        }
    }

    private void Start(int cores)
    {
        _world = new SimWorld(1, new SimServerOptions { Cores = cores, HasTestCommands = true });
        _world.Start();
    }

    private void Block(SimRequester client, string command)
    {
        Send(client, command);
        int before = Blocked();
        for (int i = 0; Blocked() == before; i++)
        {
            if (i == 5000) throw new SimFailureException("the client does not block");
            _world.Step();
        }
    }

    private int Blocked() => _world.Server!.Cores.Sum(core =>
        core.Loop.Connections.All.Count(connection => connection.Session.Blocked));

    private static void Send(SimRequester client, string command) =>
        client.Send([.. command.Split(' ').Select(System.Text.Encoding.Latin1.GetBytes)]);

    private static string Show(SimRequester client) => Hedge.Tests.Commands.ReplyReader.Show(client.Read());
}
