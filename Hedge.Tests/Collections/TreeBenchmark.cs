using System.Buffers.Binary;
using System.Diagnostics;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>What operations on one collection of a million elements cost in memory: to be run by its
/// name.</summary>
[TestFixture]
[Explicit("a measurement")]
public sealed class TreeBenchmark
{
    private const int Elements = 1_000_000;
    private readonly byte[] _key = "collection"u8.ToArray();
    private readonly OpenCollection _open = new();
    private RecordType _type;
    private SimNode _node = null!;
    private Partition _partition = null!;
    private CoreStorage _core = null!;
    private ulong _hash;

    [Test]
    public void Fields()
    {
        Start(RecordType.Hash);
        byte[] element = new byte[64];
        Measure("insert", i =>
        {
            ReadOnlySpan<byte> field = Field(element, i);
            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            tree.TryFind(FieldOrder.KeyOf(field, _open.Tree.Seed), out TreePath path, out _);
            new TreeWriter<OpenCollection.Nodes, FieldOrder>(_open.Tree, TreeShape.Usual)
                .Insert(ref path, field);
        });
        Measure("find", i =>
        {
            ReadOnlySpan<byte> field = Field(element, Scatter(i));
            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            tree.TryFind(FieldOrder.KeyOf(field, _open.Tree.Seed), out _, out bool isFound);
            if (!isFound) throw new InvalidOperationException("not there");
        });
        Measure("replace", i =>
        {
            Span<byte> field = Field(element, Scatter(i));
            field[^1] ^= 1;
            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            tree.TryFind(FieldOrder.KeyOf(field, _open.Tree.Seed), out TreePath path, out _);
            new TreeWriter<OpenCollection.Nodes, FieldOrder>(_open.Tree, TreeShape.Usual)
                .Replace(ref path, field);
        });
        End();
    }

    [Test]
    public void Scores()
    {
        Start(RecordType.SortedSet);
        byte[] element = new byte[64];
        Measure("insert", i =>
        {
            ReadOnlySpan<byte> member = Member(element, Scatter(i));
            CountedTree<OpenCollection.Nodes, ScoreOrder> tree = new(_open.Tree);
            tree.TryFind(ScoreOrder.KeyOf(member, _open.Tree.Seed), out TreePath path, out _);
            new TreeWriter<OpenCollection.Nodes, ScoreOrder>(_open.Tree, TreeShape.Usual)
                .Insert(ref path, member);
        });
        Measure("rank", i =>
        {
            ReadOnlySpan<byte> member = Member(element, Scatter(i));
            CountedTree<OpenCollection.Nodes, ScoreOrder> tree = new(_open.Tree);
            tree.TryFind(ScoreOrder.KeyOf(member, _open.Tree.Seed), out TreePath path, out _);
            tree.TryPositionOf(path, out _);
        });
        Measure("at", i =>
        {
            CountedTree<OpenCollection.Nodes, ScoreOrder> tree = new(_open.Tree);
            tree.TrySeek(Scatter(i), out TreePath path);
            if (tree.ElementAt(path).IsEmpty) throw new InvalidOperationException("empty");
        });
        End();
    }

    [Test]
    public void Positions()
    {
        Start(RecordType.List);
        byte[] element = new byte[33];
        element[0] = 32;
        Measure("push", i =>
        {
            BinaryPrimitives.WriteInt32LittleEndian(element.AsSpan(1), i);
            CountedTree<OpenCollection.Nodes, PositionOrder> tree = new(_open.Tree);
            tree.TrySeek(0, out TreePath path);
            new TreeWriter<OpenCollection.Nodes, PositionOrder>(_open.Tree, TreeShape.Usual)
                .Insert(ref path, element);
        });
        Measure("at", i =>
        {
            CountedTree<OpenCollection.Nodes, PositionOrder> tree = new(_open.Tree);
            tree.TrySeek(Scatter(i), out TreePath path);
            if (tree.ElementAt(path).Length != 33) throw new InvalidOperationException("another");
        });
        Measure("pop", _ =>
        {
            CountedTree<OpenCollection.Nodes, PositionOrder> tree = new(_open.Tree);
            tree.TrySeek(0, out TreePath path);
            new TreeWriter<OpenCollection.Nodes, PositionOrder>(_open.Tree, TreeShape.Usual)
                .Remove(ref path, 1);
        });
        End();
    }

    // Every number below Elements once.
    private static int Scatter(int i) => (int)((long)i * 618_033 % Elements);

    private static Span<byte> Field(byte[] element, int i)
    {
        element[0] = 24;
        element.AsSpan(1, 12).Fill((byte)'f');
        BinaryPrimitives.WriteInt32LittleEndian(element.AsSpan(1), i);
        element[13] = 32;
        element.AsSpan(14, 32).Fill((byte)'v');
        return element.AsSpan(0, 46);
    }

    private static ReadOnlySpan<byte> Member(byte[] element, int i)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(element, i);
        element[8] = 12;
        element.AsSpan(9, 12).Fill((byte)'m');
        BinaryPrimitives.WriteInt32LittleEndian(element.AsSpan(9), i);
        return element.AsSpan(0, 21);
    }

    private void Start(RecordType type)
    {
        SimClock clock = new();
        EngineOptions options = new()
        {
            Directory = "data",
            Partitions = 1,
            Cores = 1,
            Databases = 1,
            CacheBytes = 4L << 30,
            MemtableBytes = 1L << 30,
            MemtableLogBytes = long.MaxValue,
            ValueLogThreshold = 0,
        };
        _node = new SimNode(new SimDisk(1, clock), clock, new SimSeed(1), options, SyncPolicy.No);
        _partition = _node.Engine.Partitions[0];
        _core = _node.Cores[0];
        _hash = _partition.Hash(0, _key);
        _type = type;
    }

    private void Measure(string name, Action<int> work)
    {
        long logged = _core.Log.Appended.Value;
        Stopwatch watch = new();
        for (int i = 0; i < Elements;)
        {
            watch.Start();
            for (int end = Math.Min(Elements, i + 100); i < end; i++)
            {
                _partition.TryFind(_core, 0, _key, _hash, true, out Record record);
                _open.Open(_partition, _core, 0, _key, _hash, record, _type);
                work(i);
                _core.EndCommand();
            }

            watch.Stop();
            _node.Turn(0);
        }

        double nanoseconds = watch.Elapsed.TotalNanoseconds / Elements;
        logged = _core.Log.Appended.Value - logged;
        TestContext.Out.WriteLine(
            $"{name}: {nanoseconds:F0} ns, {logged / (double)Elements:F0} bytes logged, "
            + $"{_partition.Memory.Bytes / (double)Elements:F0} bytes in memory per element");
    }

    private void End() => _node.Dispose();
}
