using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

[Parallelizable(ParallelScope.Self)]
public sealed class EngineCrashTests
{
    [Category("fast")]
    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    public void A_few_power_failures_lose_nothing_acknowledged_and_tear_nothing(SyncPolicy policy) =>
        Sweep(policy, 100, 2, 17);

    [Category("sim")]
    [TestCase(SyncPolicy.Always, 1UL)]
    [TestCase(SyncPolicy.Always, 2UL)]
    [TestCase(SyncPolicy.Always, 3UL)]
    [TestCase(SyncPolicy.EverySecond, 4UL)]
    [TestCase(SyncPolicy.No, 5UL)]
    public void Power_failures_at_every_few_disk_operations_lose_nothing_acknowledged_and_tear_nothing(
        SyncPolicy policy, ulong seed) => Sweep(policy, seed * 1000, SimCounts.Times(2), 1);

    [Category("fast")]
    [TestCase(Errno.IoError)]
    [TestCase(Errno.NoSpace)]
    public void A_few_failed_disk_operations_give_no_wrong_answer(int errno) => Faults(errno, 300, 1, 23);

    [Category("sim")]
    [TestCase(Errno.IoError)]
    [TestCase(Errno.NoSpace)]
    public void Any_failed_disk_operation_gives_no_wrong_answer(int errno) =>
        Faults(errno, 400, SimCounts.Times(4), 5);

    private static void Faults(int errno, ulong firstSeed, int seeds, int step)
    {
        int points = 0;
        for (ulong seed = firstSeed; seed < firstSeed + (ulong)seeds; seed++)
        {
            for (long nth = 1 + (long)(seed % (ulong)step); ; nth += step, points++)
            {
                try
                {
                    CrashRun run = new(seed, SyncPolicy.Always);
                    bool struck = run.LiveWithFault(nth, errno);
                    run.Recover(0);
                    if (!struck) break;
                }
                catch (Exception error) when (error is not SuccessException)
                {
                    throw new InvalidOperationException($"seed {seed}, operation {nth}: {error.Message}",
                        error);
                }
            }
        }

        Figures.Count($"faults-engine-{errno}{(step == 5 ? "" : "-few")}", ("runs", points),
            ("workloads", seeds), ("wrong", 0));
        Assert.That(points, Is.GreaterThan(10));
    }

    private static void Sweep(SyncPolicy policy, ulong firstSeed, int seeds, int step)
    {
        int points = 0;
        int nested = 0;
        int retained = 0;
        long moved = 0, deleted = 0;
        for (ulong seed = firstSeed; seed < firstSeed + (ulong)seeds; seed++)
        {
            for (long at = 1; ; at += step)
            {
                CrashRun run = new(seed, policy);
                try
                {
                    bool crashed = run.Live(at);
                    run.Recover(points % 3);
                    if (!crashed) break;
                    points++;
                    if (points % 4 == 0)
                    {
                        run.Live(1 + at % 200);
                        run.Recover(points % 2);
                    }

                    nested += run.Nested;
                    retained += run.Retained;
                    moved += run.Collected.Moved;
                    deleted += run.Collected.Deleted;
                }
                catch (Exception error) when (error is not SuccessException)
                {
                    throw new InvalidOperationException(
                        $"seed {seed}, crash at mutation {at}: {error.Message}", error);
                }
            }
        }

        Figures.Count($"engine-crash-{policy}-{firstSeed}", ("crash-points", points),
            ("crashes-in-recovery", nested), ("lost", 0), ("retained", retained), ("moved", moved),
            ("deleted", deleted));
        Assert.That(points, Is.GreaterThan(5 * seeds));
        Assert.That(retained, Is.GreaterThan(2 * seeds));
        Assert.That(moved, Is.GreaterThan(10 * seeds));
        Assert.That(deleted, Is.GreaterThan(seeds));
    }
}
