using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

[Category("fast")]
public sealed class WriteBatchTests
{
    private const int Partitions = 4;
    private const int Batches = 250;

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    public void A_batch_is_there_in_all_partitions_or_in_none_after_a_power_failure(ulong number)
    {
        SimSeed seed = new(number);
        SimClock clock = new();
        SimDisk disk = new(number, clock) { Reorders = true };
        SimNode node = Open(disk, clock, seed);
        WriteBatch batch = new(node.Cores[0]);
        disk.CrashAt = disk.Mutations + 40 + seed.Below(60);
        try
        {
            for (int i = 1; i <= Batches; i++)
            {
                Fill(batch, node, (byte)i);
                Assert.That(batch.Count, Is.EqualTo(5 * Partitions));
                batch.Commit();
                Assert.That(batch.Count, Is.Zero);
                clock.Advance(seed.Below(300_000));
                node.TickAndTurn(0);
            }

            Assert.Fail("the power did not fail");
        }
        catch (SimCrashException)
        {
            node.Abandon();
        }

        disk.Crash();
        node = Open(disk, clock, seed);
        int[] numbers = [.. Enumerable.Range(0, Partitions).Select(p => Find(node, p, "number"u8.ToArray()))];
        TestContext.Out.WriteLine($"batch {numbers[0]} of {Batches} is the last one");
        Assert.That(numbers, Has.All.EqualTo(numbers[0]));
        Assert.That(numbers[0], Is.GreaterThan(0));
        for (int p = 0; p < Partitions; p++)
        {
            Assert.That(Find(node, p, "old"u8.ToArray()), Is.EqualTo(numbers[0]));
            Assert.That(Find(node, p, "gone"u8.ToArray()), Is.Zero);
            long count = 0;
            node.Run(0, core => node.Engine.Partitions[p].TryCount(core, 0, out count));
            Assert.That(count, Is.EqualTo(2));
        }

        node.Close();
    }

    [Test]
    public void What_is_cleared_is_not_done_and_nothing_is_done_before_the_commit()
    {
        SimSeed seed = new(1);
        SimClock clock = new();
        SimNode node = Open(new SimDisk(1, clock), clock, seed);
        WriteBatch batch = new(node.Cores[0]);
        batch.Put(node.Engine.Partitions[0], 0, "a"u8, [1]);
        Assert.That(Find(node, 0, "a"u8.ToArray()), Is.Zero);
        batch.Clear();
        batch.Put(node.Engine.Partitions[0], 0, "b"u8, [2]);
        batch.Commit();
        Assert.That(Find(node, 0, "a"u8.ToArray()), Is.Zero);
        Assert.That(Find(node, 0, "b"u8.ToArray()), Is.EqualTo(2));
        node.Close();
    }

    private static void Fill(WriteBatch batch, SimNode node, byte number)
    {
        foreach (Partition partition in node.Engine.Partitions)
        {
            batch.RemoveRange(partition, 0, "old"u8, "ole"u8);
            batch.Put(partition, 0, "number"u8, [number]);
            batch.Put(partition, 0, "old"u8, [number]);
            batch.Put(partition, 0, "gone"u8, [number]);
            batch.Remove(partition, 0, "gone"u8);
        }
    }

    private static SimNode Open(SimDisk disk, SimClock clock, SimSeed seed) =>
        new(disk, clock, seed, PartitionModelTests.Options(1), SyncPolicy.EverySecond);

    private static int Find(SimNode node, int p, ReadOnlyMemory<byte> key)
    {
        int value = 0;
        Partition partition = node.Engine.Partitions[p];
        node.Run(0, core =>
        {
            if (!partition.TryFind(core, 0, key.Span, partition.Hash(0, key.Span), false, out Record record))
                return false;
            value = record.Exists ? record.Value[0] : 0;
            return true;
        });
        return value;
    }
}
