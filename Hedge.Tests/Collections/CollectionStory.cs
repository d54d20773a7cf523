using System.Globalization;
using System.Text;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>What happens to a few collections in a partition's records, and to the same in dictionaries: from
/// one seed, life after life of the process.</summary>
internal class CollectionStory
{
    protected const int Keys = 4;
    private readonly SimSeed _seed;
    private readonly SimDisk _disk;
    private readonly OpenCollection _open = new();
    private readonly TreeShape _shape;

    public CollectionStory(ulong seed)
    {
        _seed = new SimSeed(seed);
        _disk = new SimDisk(seed, Clock);
        Random = new Random((int)seed);
        _shape = TreeModelTests.ShapeOf((int)seed % 4);
    }

    /// <summary>What a string holds stands under this name, which no field has.</summary>
    protected const string StringName = "";

    protected virtual int StepsPerLife => 150;

    // The fewer neighbours the policy merges, the fewer runs there are.
    protected virtual int RunsMin => 2;

    protected Random Random { get; }

    protected SimClock Clock { get; } = new();

    protected Dictionary<string, string>?[] Model { get; } = new Dictionary<string, string>?[Keys];

    public long Restarts { get; private set; }

    public long NodesSeen { get; private set; }

    public long Merged { get; protected set; }

    public void Live()
    {
        SimNode node = new(_disk, Clock, _seed.Split(),
            PartitionModelTests.Options(1 + Random.Next(2), _seed, 4096, RunsMin), SyncPolicy.EverySecond);
        Partition partition = node.Engine.Partitions[0];
        for (int key = 0; key < Keys; key++) Check(node, partition, key);
        for (int i = 0; i < StepsPerLife; i++)
        {
            Step(node, partition);
            int core = Random.Next(node.Cores.Length);
            if (Random.Next(3) == 0) node.TickAndTurn(core);
            if (Random.Next(40) == 0) node.Settle(partition);
            if (Random.Next(40) == 0) node.Engine.BeginDrop();
            if (Random.Next(10) == 0) Clock.Advance(Random.Next(40_000));
            if (Random.Next(8) == 0) Check(node, partition, Random.Next(Keys));
        }

        CheckSpace(node, partition);
        Restarts += node.Restarts;
        NodesSeen += partition.Runs.EntriesOf(partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit);
        // Nothing is acknowledged before.
        bool losesPower = Random.Next(3) == 0;
        Assert.That(node.Until(() => node.Cores.All(core =>
            losesPower ? core.Log.Synced >= core.Log.Appended : core.Log.IsHandedOver)));
        if (losesPower) _disk.Crash();
        else _disk.Kill();
        node.Abandon();
    }

    // When everything is merged into one run, only the nodes of living collections are left.
    protected virtual void CheckSpace(SimNode node, Partition partition)
    {
        if (Random.Next(3) != 0) return;
        Assert.That(node.Settle(partition));
        for (int key = 0; key < Keys; key++) Check(node, partition, key);
        Assert.That(node.Settle(partition));
        if (partition.Runs.Newest.Length > 1) return;
        long stored = partition.Runs.EntriesOf(partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit);
        long living = 0;
        for (int key = 0; key < Keys; key++) living += NodesOf(node, partition, key);
        Assert.That(stored, Is.EqualTo(living), "nodes on disk");
        Merged++;
    }

    protected long NodesOf(SimNode node, Partition partition, int number)
    {
        long nodes = 0;
        Command(node, partition, number, isThere =>
        {
            nodes = 0;
            return !isThere || IsString(number) || TryCount(0, _open.Tree.Height, ref nodes);
        });
        return nodes;
    }

    private bool TryCount(uint node, int level, ref long nodes)
    {
        if (level == 0) return true;
        if (!_open.Tree.TryGet(node, out ReadOnlySpan<byte> bytes)) return false;
        byte[] inner = bytes.ToArray();
        for (int at = 0; at < inner.Length; nodes++)
        {
            if (!TryCount(InnerEntry.Child(inner.AsSpan(at)), level - 1, ref nodes)) return false;
            at += CountedTree<OpenCollection.Nodes, FieldOrder>.EntryLength(inner.AsSpan(at));
        }

        return true;
    }

    protected bool IsString(int number) => Model[number]?.ContainsKey(StringName) == true;

    protected virtual void Step(SimNode node, Partition partition)
    {
        int number = Random.Next(Keys);
        if (IsString(number)) return;
        if (Random.Next(60) == 0)
        {
            Remove(node, partition, number);
            return;
        }

        string field = Random.Next(400).ToString(CultureInfo.InvariantCulture);
        bool removes = Random.Next(4) == 0;
        int length = Random.Next(Random.Next(30) == 0 ? 400 : 20);
        string value = new((char)('a' + Random.Next(26)), length);
        if (removes) RemoveField(node, partition, number, field);
        else Set(node, partition, number, field, value);
    }

    protected void Set(SimNode node, Partition partition, int number, string field, string value)
    {
        byte[] element = Element(field, value);
        Command(node, partition, number, isThere =>
        {
            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            ElementKey sought = FieldOrder.KeyOf(element, _open.Tree.Seed);
            if (!tree.TryFind(sought, out TreePath path, out bool isFound)) return false;
            TreeWriter<OpenCollection.Nodes, FieldOrder> writer = new(_open.Tree, _shape);
            if (isFound) writer.Replace(ref path, element);
            else writer.Insert(ref path, element);
            return true;
        });
        (Model[number] ??= [])[field] = value;
    }

    private void RemoveField(SimNode node, Partition partition, int number, string field)
    {
        byte[] element = Element(field, "");
        Command(node, partition, number, isThere =>
        {
            if (!isThere) return true;
            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            ElementKey sought = FieldOrder.KeyOf(element, _open.Tree.Seed);
            if (!tree.TryFind(sought, out TreePath path, out bool isFound)) return false;
            if (!isFound) return true;
            new TreeWriter<OpenCollection.Nodes, FieldOrder>(_open.Tree, _shape).Remove(ref path, 1);
            _open.RemoveIfEmpty();
            return true;
        });
        Model[number]?.Remove(field);
        if (Model[number] is { Count: 0 }) Model[number] = null;
    }

    private void Remove(SimNode node, Partition partition, int number)
    {
        Command(node, partition, number, isThere =>
        {
            if (!isThere) return true;
            byte[] key = Name(number);
            ulong hash = partition.Hash(0, key);
            if (Random.Next(2) == 0) Delete(node, partition, number);
            else partition.SetExpiry(node.Cores[0], 0, key, hash, node.Cores[0].NowMilliseconds + 50);
            return true;
        });
        Clock.Advance(100_000);
        Model[number] = null;
    }

    private static void Delete(SimNode node, Partition partition, int number)
    {
        byte[] key = Name(number);
        partition.Remove(node.Cores[0], 0, key, partition.Hash(0, key));
    }

    protected void Check(SimNode node, Partition partition, int number)
    {
        Dictionary<string, string> found = [];
        bool exists = false;
        Command(node, partition, number, isThere =>
        {
            found.Clear();
            exists = isThere;
            if (!isThere) return true;
            if (IsString(number))
            {
                found.Add(StringName, StringOf(node, partition, number));
                return true;
            }

            CountedTree<OpenCollection.Nodes, FieldOrder> tree = new(_open.Tree);
            if (!tree.TrySeek(0, out TreePath path)) return false;
            bool goesOn = true;
            while (goesOn)
            {
                Read(tree.From(path), found);
                if (!tree.TryNextLeaf(ref path, out goesOn)) return false;
                if (!tree.TryEnterLeaf(ref path)) return false;
            }

            return true;
        });
        Assert.That(exists, Is.EqualTo(Model[number] is not null), $"key {number}");
        Dictionary<string, string> model = Model[number] ?? [];
        string[] wrong =
        [
            .. model.Except(found).Select(field => $"not {field}"),
            .. found.Except(model).Select(field => $"but {field}"),
        ];
        Assert.That(wrong, Is.Empty, $"key {number}: {found.Count} of {model.Count}");
    }

    private static string StringOf(SimNode node, Partition partition, int number)
    {
        byte[] key = Name(number);
        partition.TryFind(node.Cores[0], 0, key, partition.Hash(0, key), false, out Record record);
        Assert.That(record.Type, Is.EqualTo(RecordType.String));
        return Encoding.ASCII.GetString(record.Value);
    }

    protected void Command(SimNode node, Partition partition, int number, Func<bool, bool> work)
    {
        byte[] key = Name(number);
        ulong hash = partition.Hash(0, key);
        node.Run(0, core =>
        {
            if (!partition.TryFind(core, 0, key, hash, true, out Record record)) return false;
            if (!record.Exists || record.Type == RecordType.Hash)
                _open.Open(partition, core, 0, key, hash, record, RecordType.Hash);
            return work(record.Exists);
        });
    }

    protected static byte[] Name(int number) => Encoding.ASCII.GetBytes($"key-{number}");

    private static byte[] Element(string field, string value)
    {
        byte[] element = new byte[field.Length + value.Length + 10];
        int at = 0;
        ElementCodec.WriteLength(element, ref at, field.Length * 2);
        at += Encoding.ASCII.GetBytes(field, element.AsSpan(at));
        ElementCodec.WriteLength(element, ref at, value.Length);
        at += Encoding.ASCII.GetBytes(value, element.AsSpan(at));
        return element[..at];
    }

    private static void Read(ReadOnlySpan<byte> leaf, Dictionary<string, string> found)
    {
        for (int at = 0; at < leaf.Length;)
        {
            int field = ElementCodec.ReadLength(leaf, ref at) / 2;
            string name = Encoding.ASCII.GetString(leaf.Slice(at, field));
            at += field;
            int value = ElementCodec.ReadLength(leaf, ref at);
            found.Add(name, Encoding.ASCII.GetString(leaf.Slice(at, value)));
            at += value;
        }
    }
}
