using Hedge.Host.Settings;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Transactions over cold data, which pause between their commands: nobody sees half of one, a crash
/// at any moment leaves all or nothing of it, and nobody waits for ever.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerPausingTests
{
    [Test]
    public void Histories_with_transactions_that_pause_are_linearizable()
    {
        long pauses = 0;
        foreach (ulong seed in SimCounts.Seeds(90))
        {
            new SimRun(seed).WithTransactions(3, 25, SimRun.ManyKeys, lists: seed % 3 == 0)
                .Execute(scripts => pauses += PausingRuns.Check(seed, Options(seed), scripts));
        }

        Figures.Count("transactions-histories", ("histories", SimCounts.Times(90)), ("pauses", pauses));
        Assert.That(pauses, Is.GreaterThan(1500));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_crash_in_a_pause_leaves_all_of_a_transaction_or_nothing(bool kills)
    {
        CrashSweep.Counts counts = new();
        long open = 0;
        foreach (ulong seed in SimCounts.Seeds(15))
        {
            SimServerOptions options = Options(seed) with { BlockCacheBytes = 4096, MemtableBytes = 512 };
            if (!kills) options = options with { Fsync = AppendFsync.Always };
            new SimRun(seed).WithTransactions(3, 15, SimRun.ManyKeys).Execute(scripts => CrashSweep.Run(
                seed, scripts, every: 2 + (int)(seed % 4), counts, options,
                world => open += PausingRuns.IsAnyOpen(world) ? 1 : 0, kills, SimRun.ManyKeys));
        }

        counts.Write(kills ? "kill-sweep-transactions" : "crash-sweep-transactions");
        Figures.Count($"transactions-pauses-{(kills ? "kill" : "crash")}", ("steps", open));
        Assert.That(counts.Crashes, Is.GreaterThan(500));
        Assert.That(open, Is.GreaterThan(300));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_command_whose_record_cannot_be_read_fails_alone(int cores)
    {
        string[][] commands = [["SET", "new", "1"], ["GET", "a"], ["APPEND", "new", "2"], ["GET", "new"]];
        string reply = PausingRuns.RunUnreadable(cores, new SimAction(commands, IsTransaction: true));
        Assert.That(reply, Does.Contain("IOERR the data could not be read: Input/output error"));
        Assert.That(reply, Does.StartWith("[+OK,-").And.EndWith(",:2,$12]"));
    }

    /// <summary>A bug is planted: the partitions of a transaction that waits for records are free.</summary>
    [Test]
    [PlantedBug("a transaction that waits for records gives its partitions back")]
    public void Pauses_that_give_the_partitions_back_are_found()
    {
        PausingRuns.MustBeFound(seed => PausingRuns.Check(seed, Options(seed),
            new SimRun(seed).WithTransactions(4, 30, SimRun.ManyKeys).Scripts, PausingRuns.FreePartitions));
    }

    private static SimServerOptions Options(ulong seed) => new()
    {
        Cores = 1 << (int)(seed % 3),
        Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        KeysVisitedMax = seed % 4 == 0 ? 2 : -1,
        CommandsPerTurn = seed % 5 == 0 ? 1 + (int)(seed % 3) : null,
    };
}
