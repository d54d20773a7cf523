using System.Text;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>MEMORY USAGE's estimate against the nodes themselves, which it does not read.</summary>
[TestFixture]
[Category("fast")]
public sealed class CollectionMemoryTests
{
    private const int NodeBytesLeast = RecordHeader.SizeBytes + 12;

    [TestCase(RecordType.Set)]
    [TestCase(RecordType.SortedSet)]
    public void Memory_of_nodes_is_estimated_from_a_few_leaves(RecordType type)
    {
        SimClock clock = new();
        SimNode node = new(new SimDisk(3, clock), clock, new SimSeed(3),
            PartitionModelTests.Options(1, null, 256 * 1024), SyncPolicy.EverySecond);
        Partition partition = node.Engine.Partitions[0];
        OpenCollections collections = new();
        for (int i = 0; i < 5000; i++)
        {
            byte[] member = Encoding.ASCII.GetBytes($"member:{i * 7919 % 5000:D6}");
            Run((OpenCollection open) => type == RecordType.Set
                ? new StoredSet(open).TryAdd(member, out _)
                : TryAdd(new StoredSortedSet(open), member, i));
        }

        Assert.That(node.Settle(partition));
        node.Engine.BeginDrop();
        node.Until(() => false, 3);
        long before = node.Restarts;
        long estimate = 0;
        Run(open => CollectionMemory.TryEstimate(open, 5, out estimate));
        Assert.That(node.Restarts, Is.GreaterThan(before), "leaves are read from disk");
        Assert.That(node.Restarts - before, Is.LessThan(8), "and together");
        long bytes = 0, nodes = 0;
        Run(open => CollectionCopy.TryRead(open, out bytes, out nodes));
        double exact = bytes + (nodes * NodeBytesLeast);
        TestContext.Out.WriteLine($"{estimate} bytes estimated, {exact} without the table");
        Assert.That(estimate, Is.InRange(exact * 0.8, exact * 1.3));
        node.Close();

        void Run(Func<OpenCollection, bool> work) => node.Run(0, core =>
        {
            collections.Reset();
            ReadOnlySpan<byte> key = "key"u8;
            ulong hash = partition.Hash(0, key);
            if (!partition.TryFind(core, 0, key, hash, true, out Record record)) return false;
            return work(collections.Open(partition, core, 0, key, hash, record, type));
        });
    }

    private static bool TryAdd(StoredSortedSet set, byte[] member, double score)
    {
        if (!set.TryFind(member, out _, out _) || !set.TryPrepare(member, score)) return false;
        set.Insert(member, score);
        return true;
    }
}
