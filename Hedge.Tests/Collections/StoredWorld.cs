using System.Globalization;
using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>A few collections in a partition's records, with nodes of any length, through flushes, merges,
/// evictions and the lives of a process. Whoever derives from it changes them, and keeps a model of
/// them.</summary>
internal abstract class StoredWorld(ulong seed, int keys, int stepsPerLife)
{
    private const int Lives = 5;

    private readonly SimSeed _seed = new(seed);
    private readonly OpenCollections _open = new();
    private SimDisk? _disk;
    private SimNode _node = null!;
    private Partition _partition = null!;

    /// <summary>Lets worlds of many seeds live through several lives each. They must have had to read, and to
    /// make nodes.</summary>
    /// <returns>The worlds, dead.</returns>
    public static List<TWorld> LiveAll<TWorld>(int seeds, Func<ulong, TWorld> make)
        where TWorld : StoredWorld
    {
        List<TWorld> worlds = [];
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            TWorld world = make(seed);
            Seeded.Run(seed, Lives, world.Live);
            worlds.Add(world);
        }

        long restarts = worlds.Sum(world => world.Restarts);
        long nodes = worlds.Sum(world => world.NodesSeen);
        TestContext.Out.WriteLine($"{restarts} commands run again, {nodes} nodes");
        Assert.That(restarts, Is.GreaterThan(10 * seeds));
        Assert.That(nodes, Is.GreaterThan(10 * seeds));
        return worlds;
    }

    public long Restarts { get; private set; }

    public long NodesSeen { get; private set; }

    protected SimClock Clock { get; } = new();

    protected Random Random { get; } = new((int)seed);

    /// <summary>One life of the process.</summary>
    public void Live()
    {
        _disk ??= new SimDisk(seed, Clock);
        _node = new(_disk, Clock, _seed.Split(),
            // Each life may have another length of nodes.
            PartitionModelTests.Options(1 + Random.Next(2), _seed, 4096, 2, 64 << Random.Next(5)),
            SyncPolicy.EverySecond);
        _partition = _node.Engine.Partitions[0];
        Begin(_partition);
        // What is not looked at is changed before it is in memory.
        for (int key = 0; key < keys; key++)
            if (Random.Next(2) == 0) Check(key);
        for (int i = 0; i < stepsPerLife; i++)
        {
            Step();
            if (Random.Next(3) == 0) _node.TickAndTurn(Random.Next(_node.Cores.Length));
            if (Random.Next(40) == 0) _node.Settle(_partition);
            if (Random.Next(30) == 0) _node.Engine.BeginDrop();
            if (Random.Next(6) == 0) Check(Random.Next(keys));
        }

        Restarts += _node.Restarts;
        NodesSeen += _partition.Runs.EntriesOf(_partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit);
        Assert.That(_node.Until(() => _node.Cores.All(core => core.Log.IsHandedOver)));
        _disk.Kill();
        _node.Abandon();
    }

    /// <summary>A life begins.</summary>
    protected virtual void Begin(Partition partition)
    {
    }

    /// <summary>What a key holds, or is going to hold.</summary>
    protected abstract RecordType TypeOf(int key);

    /// <summary>Changes something.</summary>
    protected abstract void Step();

    /// <summary>Compares a key with the model.</summary>
    protected abstract void Check(int key);

    /// <summary>Runs a command on a key, again while it answers false.</summary>
    protected void Open(int number, Func<OpenCollection, bool> work)
    {
        byte[] key = KeyName(number);
        ulong hash = _partition.Hash(0, key);
        _node.Run(0, core =>
        {
            _open.Reset();
            long begun = core.ChangesBegun;
            bool isDone = _partition.TryFind(core, 0, key, hash, true, out Record record)
                && work(_open.Open(_partition, core, 0, key, hash, record, TypeOf(number)));
            bool isLate = core.HasMisses && core.ChangesBegun != begun;
            Assert.That(isLate, Is.False, "it reads after it writes");
            return isDone;
        });
    }

    /// <summary>Copies a key over another one.</summary>
    protected void Copy(int from, int to)
    {
        byte[] target = KeyName(to);
        ulong hash = _partition.Hash(0, target);
        Open(from, collection =>
        {
            CoreStorage core = _node.Cores[0];
            if (!_partition.TryFind(core, 0, target, hash, false, out Record old)) return false;
            if (!CollectionCopy.TryRead(collection, out _, out _)) return false;
            if (collection.Exists)
            {
                CollectionCopy.Make(collection,
                    _open.Open(_partition, core, 0, target, hash, default, collection.Type));
            }
            else if (old.Exists)
            {
                _partition.Remove(core, 0, target, hash);
            }

            return true;
        });
    }

    /// <summary>A short text, seldom a long one.</summary>
    protected string Text()
    {
        int number = Random.Next(300);
        string text = number.ToString(CultureInfo.InvariantCulture);
        return number % 25 == 0 ? text + new string('x', number) : text;
    }

    protected static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] KeyName(int number) => Bytes($"key-{number}");
}
