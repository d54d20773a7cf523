using Hedge.Storage.Collections;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Cores;

/// <summary>Dead data gives its space back although nothing is written any more.</summary>
[TestFixture]
[Category("fast")]
public sealed class DeadDataTests
{
    private const int Keys = 800;
    private const long AfterQuietMicroseconds = 31_000_000;
    private const long AfterRestMicroseconds = 61_000_000;

    private readonly SimClock _clock = new();
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        EngineOptions options = new()
        {
            Directory = "data",
            Partitions = 1,
            CacheBytes = 1 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = 400_000,
            Log = new LogSettings { SegmentBytes = 64 * 1024 },
        };
        _node = new SimNode(new SimDisk(7, _clock), _clock, new SimSeed(1), options, SyncPolicy.EverySecond);
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Space_of_replaced_values_comes_back_when_nothing_is_written_any_more()
    {
        Fill('a');
        Fill('b');
        long before = First.RunBytes;
        _node.Until(() => false, 200);
        Assert.That(First.RunBytes, Is.EqualTo(before), "two runs are no reason to merge");

        _clock.Advance(AfterQuietMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes < before * 2 / 3, 2000), Is.True);
    }

    [Test]
    public void Runs_with_a_tenth_dead_are_merged_after_a_longer_calm_and_with_less_not_at_all()
    {
        Fill('a');
        Fill('b', Keys / 9);
        long before = First.RunBytes;
        _clock.Advance(AfterQuietMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes != before, 500), Is.False);
        _clock.Advance(AfterRestMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes < before * 0.95, 500), Is.True);

        Fill('c', Keys / 30);
        before = First.RunBytes;
        _clock.Advance(10 * AfterRestMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes != before, 500), Is.False);
    }

    [Test]
    public void A_write_now_and_then_does_not_keep_dead_data()
    {
        Fill('a');
        Fill('b');
        long before = First.RunBytes;
        for (int second = 0; second < 40; second++)
        {
            for (int i = 0; i < 3; i++) Put(i, 'c');
            _clock.Advance(1_000_000);
            _node.TickAndTurn(0);
        }

        Assert.That(_node.Until(() => First.RunBytes < before * 2 / 3, 500), Is.True);
    }

    [Test]
    public void In_a_long_calm_everything_is_flushed_and_the_log_becomes_short()
    {
        for (int i = 0; i < 500; i++)
        {
            Put(i, 'a');
            if (i % 20 == 0) _node.TickAndTurn(0);
        }

        CoreStorage core = _node.Cores[0];
        Assert.That(_node.Until(() => First.RunBytes > 0, 500), Is.False);
        Assert.That(core.LogBytes, Is.GreaterThan(100_000));
        for (int second = 0; second < 40; second++)
        {
            _clock.Advance(1_000_000);
            _node.Until(() => false, 3);
        }

        Assert.That(_node.Until(() => First.RunBytes > 0 && core.IsLogAtRest, 500), Is.True);
        Assert.That(core.LogBytes + core.LogPool.IdleBytes, Is.LessThanOrEqualTo(16 * 1024));
    }

    [Test]
    public void The_last_run_goes_with_all_its_keys_but_is_not_rewritten_for_nothing()
    {
        Fill('a');
        _clock.Advance(10 * AfterRestMicroseconds);
        Assert.That(_node.Until(() => First.Compactor.Compactions > 0, 500), Is.False);

        _node.Run(0, core =>
        {
            First.Flush(core, 0);
            return true;
        });
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
        _clock.Advance(AfterQuietMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes == 0, 500), Is.True);
    }

    [TestCase(1000, false, 60)]
    [TestCase(100, false, 60)]
    [TestCase(40, false, 60)]
    [TestCase(1000, true, 120)]
    [TestCase(100, true, 120)]
    public void Space_of_a_dead_collection_comes_back_in_a_calm(int nodes, bool isBlind, int seconds)
    {
        Fill('a');
        long strings = First.RunBytes;
        _node.Run(0, core =>
        {
            MakeCollection(core, nodes);
            return true;
        });
        Assert.That(_node.Settle(First), Is.True);
        MergeAll();
        long before = First.RunBytes;
        Assert.That(before - strings, Is.GreaterThan(nodes * 500));
        _clock.Advance(10 * AfterRestMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes != before, 500), Is.False);

        if (isBlind)
        {
            _node.Engine.BeginDrop();
            _node.Until(() => false, 3);
        }

        _node.Run(0, core =>
        {
            ulong hash = First.Hash(0, "collection"u8);
            if (!isBlind && !First.TryFind(core, 0, "collection"u8, hash, true, out _)) return false;
            First.Remove(core, 0, "collection"u8, hash);
            return true;
        });
        Assert.That(ComesTo(strings + (nodes * 100), seconds), Is.True);
    }

    [Test]
    public void Space_of_a_flushed_database_comes_back_within_a_minute_of_calm()
    {
        Fill('a');
        _clock.Advance(10 * AfterRestMicroseconds);
        _node.Until(() => false, 500);
        Assert.That(First.RunBytes, Is.Not.Zero);
        _node.Run(0, core =>
        {
            First.Flush(core, 0);
            return true;
        });
        Assert.That(ComesTo(0, 60), Is.True);
    }

    [Test]
    public void Random_keys_and_blocks_are_found_among_many_nodes()
    {
        Fill('a');
        _node.Run(0, core =>
        {
            MakeCollection(core, 2000);
            return true;
        });
        Assert.That(_node.Settle(First), Is.True);
        MergeAll();
        _node.Engine.BeginDrop();
        _node.Until(() => false, 3);
        HashSet<string> keys = [];
        for (int i = 0; i < 300; i++)
        {
            _node.Run(0, core =>
            {
                KeyStep step = First.RandomKey(core, 0, core.Random.Next(), out ReadOnlySpan<byte> key);
                if (step == KeyStep.Key) keys.Add(System.Text.Encoding.ASCII.GetString(key));
                return step != KeyStep.NotResident;
            });
        }

        Assert.That(keys, Has.Count.GreaterThan(150));
        (long first, long end) = First.Runs.Newest[0].KeyBlocks();
        Assert.That(end - first, Is.LessThan(First.Runs.Newest[0].Blocks / 3));
    }

    // True when the runs are no longer than that within so many seconds.
    private bool ComesTo(long bytes, int seconds)
    {
        for (int i = 0; i < seconds * 10 && First.RunBytes > bytes; i++)
        {
            _clock.Advance(100_000);
            _node.Until(() => false, 3);
        }

        return First.RunBytes <= bytes;
    }

    private void MergeAll()
    {
        Assert.That(_node.Until(() => First.Compactor.IsIdle), Is.True);
        Assert.That(First.Compactor.TryMerge(_node.Cores[0], new RunRange(0, First.RunCount)), Is.True);
        Assert.That(_node.Until(() => First.Compactor.IsIdle), Is.True);
    }

    // As a command would: the root first, then the nodes.
    private unsafe void MakeCollection(CoreStorage core, int nodes)
    {
        ulong number = First.Sequence + 1;
        Span<byte> root = stackalloc byte[RootFormat.LargeBytes + 320];
        RootFormat.WriteLarge(root, 0, number, (uint)nodes);
        root[RootFormat.HeightAt] = 2;
        First.Put(core, 0, "collection"u8, First.Hash(0, "collection"u8), RecordType.List, default, root, 0);
        uint keyspace = First.Keyspaces.IdOf(0) | Keyspaces.NodeBit;
        byte[] node = new byte[600];
        for (uint i = 1; i <= nodes; i++)
            First.Nodes.Create(core, new NodeKey(keyspace, number, i), node);
    }

    private void Put(int i, char value) => _node.Put(First, $"key{i}", new string(value, 200));

    private void Fill(char value, int keys = Keys)
    {
        for (int i = 0; i < keys; i++)
        {
            Put(i, value);
            if (i % 20 == 0) _node.TickAndTurn(0);
        }

        Assert.That(_node.Settle(First), Is.True);
    }
}
