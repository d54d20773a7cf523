using System.Globalization;
using System.Text;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>A few streams in a partition's records, and the same in dictionaries, through the lives of a
/// process.</summary>
internal abstract class StreamWorld(ulong seed)
{
    protected const int Keys = 2;
    private const int StepsPerLife = 150;
    private readonly SimSeed _seed = new(seed);
    private readonly int _nodeBytes = 64 << ((int)seed % 5);
    private SimDisk? _disk;

    protected SimClock Clock { get; } = new();

    protected Random Random { get; } = new((int)seed);

    protected StreamModel[] Models { get; } = [new(), new()];

    protected OpenCollections Collections { get; } = new();

    protected SimNode Node { get; private set; } = null!;

    protected Partition Partition { get; private set; } = null!;

    public long Restarts { get; private set; }

    public long NodesSeen { get; private set; }

    public long PendingSeen { get; private set; }

    public void Live()
    {
        _disk ??= new SimDisk(seed, Clock);
        Node = new(_disk, Clock, _seed.Split(),
            PartitionModelTests.Options(1 + Random.Next(2), _seed, 4096, 2, _nodeBytes),
            SyncPolicy.EverySecond);
        Partition = Node.Engine.Partitions[0];
        for (int key = 0; key < Keys; key++) Check(key);
        for (int i = 0; i < StepsPerLife; i++)
        {
            Step();
            if (Random.Next(3) == 0) Node.TickAndTurn(Random.Next(Node.Cores.Length));
            if (Random.Next(40) == 0) Node.Settle(Partition);
            if (Random.Next(30) == 0) Node.Engine.BeginDrop();
            if (Random.Next(6) == 0) Check(Random.Next(Keys));
        }

        Restarts += Node.Restarts;
        NodesSeen += Partition.Runs.EntriesOf(Partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit);
        PendingSeen += Models.Sum(model => model.Groups.Values.Sum(group => group.Pending.Count));
        Assert.That(Node.Until(() => Node.Cores.All(core => core.Log.IsHandedOver)));
        _disk.Kill();
        Node.Abandon();
    }

    protected abstract void Step();

    private void Check(int key)
    {
        StreamModel model = Models[key];
        string? found = null;
        StreamId id = AnyId(model);
        long before = model.Entries.Count(entry => entry.Key < id);
        bool isThere = model.Entries.ContainsKey(id);
        List<StreamId> backwards = [];
        Run(key, stream =>
        {
            Assert.That(stream.Collection.Exists, Is.EqualTo(model.Exists));
            found = StreamModel.TextOf(stream);
            if (found == null || !stream.TryCountBefore(id, after: true, out long count)) return false;
            Assert.That(count, Is.EqualTo(before + (isThere ? 1 : 0)));
            backwards.Clear();
            using StoredStream.Walk walk = stream.Entries(count - 1, isBackwards: true);
            while (walk.TryNext(out StreamId entry, out _)) backwards.Add(entry);
            return !walk.IsMissing && (!isThere || TryCheck(stream, id, before, model.Entries[id]));
        });
        Assert.That(found, Is.EqualTo(model.Text()), $"key {key}");
        Assert.That(backwards, Is.EqualTo(model.Entries.Keys.Where(entry => entry <= id).Reverse()));
    }

    private static bool TryCheck(StoredStream stream, StreamId id, long index, string expected)
    {
        if (!stream.TryAt(index, out StreamId at, out ReadOnlySpan<byte> content)) return false;
        Assert.That((at, StreamModel.Content(content)), Is.EqualTo((id, expected)));
        if (!stream.TryFind(id, out bool isFound, out content)) return false;
        Assert.That((isFound, StreamModel.Content(content)), Is.EqualTo((true, expected)));
        return true;
    }

    protected void Run(int number, Func<StoredStream, bool> work)
    {
        byte[] key = KeyName(number);
        ulong hash = Partition.Hash(0, key);
        Node.Run(0, core =>
        {
            Collections.Reset();
            long begun = core.ChangesBegun;
            bool isDone = Partition.TryFind(core, 0, key, hash, true, out Record record)
                && work(new(Collections.Open(Partition, core, 0, key, hash, record, RecordType.Stream)));
            bool isLate = core.HasMisses && core.ChangesBegun != begun;
            Assert.That(isLate, Is.False, "it reads after it writes");
            return isDone;
        });
    }

    protected StreamId AnyId(StreamModel model) => Random.Next(4) == 0 || model.Entries.Count == 0
        ? new(model.LastId.Milliseconds / 2, (ulong)Random.Next(3))
        : model.Entries.Keys[Random.Next(model.Entries.Count)];

    protected string Name()
    {
        string[] names = ["", "g", "ga", "gab", "h", new('g', 200)];
        return names[Random.Next(names.Length)];
    }

    protected string Text()
    {
        int number = Random.Next(300);
        string text = number.ToString(CultureInfo.InvariantCulture);
        return number % 25 == 0 ? text + new string('x', number) : text;
    }

    protected static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    protected static byte[] KeyName(int number) => Encoding.ASCII.GetBytes($"key-{number}");
}
