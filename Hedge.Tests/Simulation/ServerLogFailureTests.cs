using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>A write or sync of the log fails, some time later the power does, and the server is started on
/// what is left: what was answered before is there, what was refused is not, nothing by half.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerLogFailureTests
{
    [Test]
    public void Power_loss_after_a_failed_log_operation_takes_nothing_acknowledged(
        [Values] bool isSync, [Values(Errno.IoError, Errno.NoSpace)] int errno)
    {
        Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(110))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 30, padding: 200)
                .Execute(scripts => FailThenCrash(seed, scripts, isSync, errno, counts));
        }

        Figures.Count($"log-failure-{(isSync ? "sync" : "write")}-{errno}", ("lives", SimCounts.Times(110)),
            ("struck", counts.Struck), ("refused", counts.Refused), ("lost", 0));
        Assert.That(counts.Struck, Is.GreaterThan(18), "failures");
        Assert.That(counts.Refused, Is.GreaterThan(70), "refused operations");
        Assert.That(counts.Probed, Is.GreaterThan(4), "lives in which a write and a read were tried");
    }

    private static void FailThenCrash(
        ulong seed, List<List<SimAction>> scripts, bool isSync, int errno, Counts counts)
    {
        SimSeed chance = new(seed ^ 0x6666);
        SimServerOptions options = new() { Cores = 1 << (int)(seed % 3), Fsync = AppendFsync.Always };
        SimWorld world = new(seed, options);
        SimDiskFault fault = new()
        {
            Kind = SimDiskFaultKind.Fail,
            Errno = errno,
            When = operation =>
                operation.Kind == (isSync ? SimDiskOperationKind.Sync : SimDiskOperationKind.Write)
                && operation.Path.Contains("/log/", StringComparison.Ordinal),
            Skip = chance.Below(40),
            Times = chance.Chance(0.5) ? 1 : int.MaxValue,
            Forgets = chance.Chance(0.8),
        };
        world.Prefill(SimRun.Keys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Disk.Faults.Add(fault);
            long failed = GoOn(world, fault, chance);
            counts.Struck += Math.Min(1, fault.Struck);
            // Half of the time the power fails while much is under way.
            if (chance.Chance(0.5))
            {
                world.Run();
                if (fault is { Struck: > 0, Times: > 0 }) Probe(world, errno, counts);
            }

            world.CheckHistory();
            long crashed = world.NextMoment();
            world.Crash();
            world.EndScripts();
            world.Options = options with { Cores = 1 + chance.Below(4) };
            world.Start();
            world.AddClient([new SimAction([["MGET", .. SimRun.Keys]]), SimAction.Of("DBSIZE")]);
            world.Run();
            counts.Refused += world.History.Count(op => op.HasFailed);
            CheckDurable(world, failed, crashed);
            world.Close();
        }
        finally
        {
            world.Dispose();
        }
    }

    // Returns the moment before the failure.
    private static long GoOn(SimWorld world, SimDiskFault fault, SimSeed chance)
    {
        long moment = world.NextMoment();
        while (fault.Struck == 0 && !world.IsDone)
        {
            moment = world.NextMoment();
            world.Step();
        }

        for (int i = chance.Below(400); i > 0 && !world.IsDone; i--) world.Step();
        return moment;
    }

    // Between the two failures reads see the memory, with writes in it that were never acknowledged and that
    // the power failure takes: only those reads are left out here.
    private static void CheckDurable(SimWorld world, long failed, long crashed)
    {
        // What those reads decide: a watch that was broken by such a write.
        HashSet<int> misled =
            [.. world.History.Where(op => IsAborted(op) && IsBetween(op)).Select(op => op.Session)];
        string? problem = Linearizer.Check(world.History.Where(op =>
            !(IsBetween(op) && op.Action.Commands.All(IsRead))
            && !(misled.Contains(op.Session) && (IsAborted(op) || op.Action.Commands is [["WATCH", ..]]))));
        if (problem != null) throw new SimFailureException(problem);

        bool IsBetween(SimOp op) => op.Return >= failed && op.Return <= crashed;
    }

    private static bool IsAborted(SimOp op) => op is { Action.IsTransaction: true, Reply: "_" };

    private static bool IsRead(string[] command) =>
        command[0] is "GET" or "STRLEN" or "MGET" or "EXISTS" or "DBSIZE" or "WATCH" or "UNWATCH";

    // The failure lasts: writes are refused, reads are answered.
    private static void Probe(SimWorld world, int errno, Counts counts)
    {
        for (int i = 0; i < 500; i++) world.Step();
        SimAction write = new([["MSET", .. SimRun.Keys.SelectMany(key => new[] { key, "no" })]]);
        // The fault may have struck a spare segment; then this is the write that fails.
        world.AddClient([write]);
        world.Run();
        SimClient client = world.AddClient([write, new SimAction([["MGET", .. SimRun.Keys]])]);
        world.Run();
        SimOp[] own = [.. world.History.Where(op => op.Client == client.Index)];
        // A full disk is tried again now and then, and the write that tries loses its connection.
        bool isTry = own[0].Reply is null && errno == Errno.NoSpace;
        if (!isTry && own[0].Reply?.StartsWith("-MISCONF", StringComparison.Ordinal) != true)
            throw new SimFailureException($"a write after the log's failure is answered with {own[0].Reply}");
        if (own[1].Reply is null || !own[1].Reply!.StartsWith('['))
            throw new SimFailureException($"a read after the log's failure is answered with {own[1].Reply}");
        counts.Probed++;
    }

    private sealed class Counts
    {
        public int Struck { get; set; }

        public int Refused { get; set; }

        public int Probed { get; set; }

        public override string ToString() => $"{Struck} failures, {Refused} refused, {Probed} probed";
    }
}
