using Hedge.Storage.Logs;
using Hedge.Storage.Replays;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Replays;

[TestFixture]
[Category("fast")]
public sealed class LogRecoveryTests
{
    [Test]
    public void Without_gaps_everything_is_kept()
    {
        LogRecovery recovery = new([10, 0]);
        recovery.Add(0, [new(0, 9, 4)]);
        recovery.Add(1, [new(0, 13, 1)]);
        recovery.Add(0, [new(0, 14, 1), new(1, 1, 2)]);
        LogRecoveryPlan plan = recovery.Plan();
        Assert.That((plan.Cut(0), plan.Cut(1)), Is.EqualTo((14ul, 2ul)));
        Assert.That(plan.OperationsDropped, Is.Zero);
        Assert.That(plan.Applies(0, 10), Is.False);
        Assert.That(plan.Applies(0, 11));
    }

    [Test]
    public void Records_beyond_a_gap_are_dropped_and_take_joint_records_with_them()
    {
        LogRecovery recovery = new([0, 0, 0]);
        recovery.Add(0, [new(0, 1, 3)]);
        recovery.Add(0, [new(0, 5, 1), new(1, 3, 1)]);
        recovery.Add(1, [new(1, 1, 2)]);
        recovery.Add(1, [new(1, 4, 1), new(2, 2, 1)]);
        recovery.Add(1, [new(2, 1, 1)]);
        LogRecoveryPlan plan = recovery.Plan();
        Assert.That((plan.Cut(0), plan.Cut(1), plan.Cut(2)), Is.EqualTo((3ul, 2ul, 1ul)));
        Assert.That(plan.JointRecordsDropped, Is.EqualTo(2));
        Assert.That(plan.OperationsDropped, Is.EqualTo(4));
        Assert.That(plan.Contradiction, Is.Null);
    }

    [Test]
    public void A_dropped_record_that_is_partly_in_runs_is_a_contradiction()
    {
        LogRecovery recovery = new([5, 0]);
        recovery.Add(0, [new(0, 5, 1), new(1, 2, 1)]);
        Assert.That(recovery.Plan().Contradiction, Does.Contain("partition 0"));
    }

    [Test]
    public void The_plan_equals_a_brute_force_model()
    {
        for (ulong number = 0; number < 3000; number++)
        {
            SimSeed seed = new(number);
            int partitions = 1 + seed.Below(5);
            List<(int Log, LogPart[] Parts)> records = History(seed, partitions, out ulong[] flushed);
            ulong[] expected = BruteForce(records, flushed);
            LogRecovery recovery = new(flushed);
            foreach ((int log, LogPart[] parts) in records) recovery.Add(log, parts);
            LogRecoveryPlan plan = recovery.Plan();
            ulong[] cuts = [.. Enumerable.Range(0, partitions).Select(plan.Cut)];
            Assert.That(cuts, Is.EqualTo(expected), $"seed {number}");
            foreach ((_, LogPart[] parts) in records)
            {
                int kept = parts.Count(part => part.Last <= cuts[part.Partition]);
                if (plan.Contradiction is null)
                    Assert.That(kept, Is.Zero.Or.EqualTo(parts.Length), $"seed {number}");
            }
        }
    }

    [Test]
    public void A_million_records_are_planned_quickly()
    {
        LogRecovery recovery = new(new ulong[16]);
        ulong[] next = new ulong[16];
        LogPart[] parts = new LogPart[2];
        for (int i = 0; i < 1_000_000; i++)
        {
            int partition = i % 16;
            parts[0] = new LogPart(partition, ++next[partition], 1);
            int count = 1;
            if (i % 10 == 0)
            {
                int other = (partition + 1) % 16;
                parts[count++] = new LogPart(other, ++next[other], 1);
            }

            recovery.Add(i % 2, parts.AsSpan(0, count));
        }

        LogRecoveryPlan plan = recovery.Plan();
        Assert.That(plan.OperationsDropped, Is.Zero);
        Assert.That(plan.Cut(3), Is.EqualTo(next[3]));
    }

    // A history of records over several logs, of which each log loses a tail.
    private static List<(int Log, LogPart[] Parts)> History(SimSeed seed, int partitions, out ulong[] flushed)
    {
        ulong[] next = new ulong[partitions];
        List<(int Log, LogPart[] Parts)> records = [];
        for (int i = 5 + seed.Below(40); i > 0; i--)
        {
            List<LogPart> parts = [];
            int first = seed.Below(partitions);
            int count = seed.Below(3) == 0 ? 1 + seed.Below(partitions) : 1;
            for (int p = 0; p < count; p++)
            {
                int partition = (first + p) % partitions;
                int operations = 1 + seed.Below(3);
                parts.Add(new LogPart(partition, next[partition] + 1, operations));
                next[partition] += (ulong)operations;
            }

            records.Add((seed.Below(3), [.. parts]));
        }

        int durable = seed.Below(records.Count);
        ulong[] known = new ulong[partitions];
        foreach ((_, LogPart[] parts) in records.Take(durable / 2))
            foreach (LogPart part in parts) known[part.Partition] = part.Last;
        flushed = known;
        int[] lost =
            [.. Enumerable.Range(0, 3).Select(_ => durable + seed.Below(records.Count - durable + 1))];
        return [.. records.Index().Where(pair => pair.Index < lost[pair.Item.Log]).Select(pair => pair.Item)];
    }

    private static ulong[] BruteForce(List<(int Log, LogPart[] Parts)> records, ulong[] flushed)
    {
        HashSet<LogPart[]> kept = [.. records.Select(record => record.Parts)];
        while (true)
        {
            ulong[] cuts = (ulong[])flushed.Clone();
            for (int partition = 0; partition < cuts.Length; partition++)
            {
                HashSet<ulong> there = [.. kept.SelectMany(parts => parts)
                    .Where(part => part.Partition == partition)
                    .SelectMany(part => Enumerable.Range(0, part.Count).Select(n => part.First + (ulong)n))];
                while (there.Contains(cuts[partition] + 1)) cuts[partition]++;
            }

            int dropped = kept.RemoveWhere(parts => parts.Any(part => part.Last > cuts[part.Partition]));
            if (dropped == 0) return cuts;
        }
    }
}
