using Hedge.Storage.Collections;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Whatever takes a key away or takes its place, and whatever runs are merged in which order: no
/// node of a living collection is lost, and no node of a dead one stays.</summary>
[TestFixture]
public sealed class DeadCollectionTests
{
    private const int Lives = 6;

    [Test]
    [Category("fast")]
    public void No_nodes_of_dead_collections_stay() => Run(1, 16);

    [Test]
    [Category("sim")]
    public void No_nodes_of_dead_collections_stay_over_many_lives() => Run(1000, SimCounts.Times(120));

    [Test]
    [Category("fast")]
    public void A_root_whose_value_was_not_read_expires()
    {
        SimClock clock = new();
        SimNode node = new(new SimDisk(1, clock), clock, new SimSeed(1), PartitionModelTests.Options(1),
            SyncPolicy.EverySecond);
        Partition partition = node.Engine.Partitions[0];
        byte[] key = "key"u8.ToArray();
        byte[] root = [RootFormat.Small, .. new byte[200]];
        node.Run(0, core =>
        {
            long at = core.NowMilliseconds + 1000;
            partition.Put(core, 0, key, partition.Hash(0, key), RecordType.Hash, default, root, at);
            return true;
        });
        Assert.That(node.Settle(partition));
        Assert.That(partition.Runs.Newest[0].Info.Values, Is.Not.Empty, "the run refers to the root");
        node.Engine.BeginDrop();
        node.Until(() => false, 3);
        clock.Advance(2_000_000);
        Assert.That(node.Get(partition, "key"), Is.Null);
        Assert.That(partition.Count(0), Is.Zero);
        node.Close();
    }

    // The start flushes when its memtable is full, after any change of a log record.
    [Test]
    [Category("fast")]
    public void A_rename_that_a_start_flushes_in_two_parts_loses_no_node()
    {
        int cut = 0;
        for (int pad = 0; pad < 100; pad++) cut += RenamedInTwoParts(pad) ? 1 : 0;
        TestContext.Out.WriteLine($"{cut} renames cut");
        Assert.That(cut, Is.Positive);
    }

    private static bool RenamedInTwoParts(int pad)
    {
        SimClock clock = new();
        SimDisk disk = new(1, clock);
        SimNode node = new(disk, clock, new SimSeed(1), PartitionModelTests.Options(1, null, 4096, 8),
            SyncPolicy.EverySecond);
        Partition partition = node.Engine.Partitions[0];
        byte[] from = "from"u8.ToArray();
        byte[] to = "to"u8.ToArray();
        ulong number = 0;
        node.Run(0, core =>
        {
            number = partition.Sequence + 1;
            byte[] root = new byte[1000];
            RootFormat.WriteLarge(root, 0, number, 1);
            partition.Put(core, 0, from, partition.Hash(0, from), RecordType.Hash, default, root, 0);
            CreateNode(core, partition, number);
            return true;
        });
        Assert.That(node.Settle(partition));
        for (int i = 0; i < pad; i++) node.Put(partition, $"pad{i}", "");
        node.Run(0, core =>
        {
            if (!partition.TryFind(core, 0, from, partition.Hash(0, from), true, out _)) return false;
            partition.Rename(core, 0, from, partition.Hash(0, from), to, partition.Hash(0, to));
            return true;
        });
        Assert.That(node.Until(() => node.Cores.All(core => core.Log.IsHandedOver)));
        disk.Kill();
        node.Abandon();

        node = new SimNode(disk, clock, new SimSeed(2), PartitionModelTests.Options(1, null, 4096, 8),
            SyncPolicy.EverySecond);
        partition = node.Engine.Partitions[0];
        bool isCut = partition.RunCount == 3;
        RunRange older = new(1, partition.RunCount - 1);
        Assert.That(partition.Compactor.TryMerge(node.Cores[0], older));
        Assert.That(node.Until(() => partition.Compactor.IsIdle));
        Assert.That(node.Get(partition, "from"), Is.Null);
        node.Run(0, core => ReadsNode(core, partition, number));
        node.Close();
        return isCut;
    }

    // SAFETY: the records are not used.
    private static unsafe void CreateNode(CoreStorage core, Partition partition, ulong number) =>
        partition.Nodes.Create(core, NodeOf(partition, number), "node"u8);

    private static unsafe bool ReadsNode(CoreStorage core, Partition partition, ulong number) =>
        partition.TryFindNode(core, NodeOf(partition, number), out _);

    private static NodeKey NodeOf(Partition partition, ulong number) =>
        new(partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit, number, 1);

    private static void Run(ulong first, int seeds)
    {
        Dictionary<string, int> done = [];
        long living = 0, dead = 0;
        for (ulong seed = first; seed < first + (ulong)seeds; seed++)
        {
            Story story = new(seed, done);
            Seeded.Run(seed, Lives, story.Live);

            living += story.Living;
            dead += story.Dropped;
        }

        TestContext.Out.WriteLine($"{living} living nodes, {dead} dead ones dropped; "
            + string.Join(", ", done.Select(kind => $"{kind.Value} {kind.Key}")));
        Assert.That(living, Is.GreaterThan(20 * seeds));
        Assert.That(dead, Is.GreaterThan(5 * seeds));
    }

    private sealed class Story(ulong seed, Dictionary<string, int> done) : CollectionStory(seed)
    {
        // While it is set, leaves change and roots do not.
        private bool _updates;

        public long Living { get; private set; }

        public long Dropped { get; private set; }

        protected override int StepsPerLife => 400;

        protected override int RunsMin => 2 + (6 * Random.Next(2));

        protected override void Step(SimNode node, Partition partition)
        {
            int number = Random.Next(Keys);
            switch (Random.Next(250))
            {
                case 0:
                    MakeCold(node, partition);
                    BlindPut(node, partition, number);
                    break;
                case 1:
                    MakeCold(node, partition);
                    BlindRemove(node, partition, number);
                    break;
                case 2:
                    MakeCold(node, partition);
                    RemoveRange(node, partition);
                    break;
                case 3:
                    Expire(node, partition, number);
                    break;
                case 4:
                    if (Random.Next(2) == 0) MakeCold(node, partition);
                    Evict(node, partition, number);
                    break;
                case 5 or 6:
                    if (Random.Next(2) == 0) MakeCold(node, partition);
                    Rename(node, partition, number, Random.Next(Keys));
                    break;
                case 7 or 8 or 9 or 10 or 11 or 12:
                    MergeSome(node, partition);
                    break;
                case 13 or 14 or 15 or 16:
                    node.Settle(partition);
                    break;
                case 17 when Random.Next(8) == 0:
                    FlushDatabase(node, partition);
                    break;
                case 18 or 19 or 20 or 21:
                    _updates = !_updates;
                    break;
                default:
                    if (_updates) Update(node, partition, number);
                    else base.Step(node, partition);
                    break;
            }
        }

        protected override void CheckSpace(SimNode node, Partition partition)
        {
            if (Random.Next(2) == 0) return;
            for (int key = 0; key < Keys; key++) Check(node, partition, key);
            Assert.That(node.Settle(partition));
            long before = Stored(partition);
            Assert.That(Merge(node, partition, new RunRange(0, partition.RunCount)));
            Assert.That(partition.RunCount, Is.LessThan(2));
            for (int key = 0; key < Keys; key++) Check(node, partition, key);
            long living = 0;
            for (int key = 0; key < Keys; key++) living += NodesOf(node, partition, key);
            Assert.That(Stored(partition), Is.EqualTo(living), "nodes on disk");
            Assert.That(partition.Keyspaces.Nodes(0), Is.EqualTo(living), "nodes counted");
            Living += living;
            Dropped += before - living;
            Merged++;
        }

        private void Update(SimNode node, Partition partition, int number)
        {
            if (Model[number] is not { } fields || IsString(number)) return;
            string field = fields.Keys.ElementAt(Random.Next(fields.Count));
            Set(node, partition, number, field, new string('u', fields[field].Length));
        }

        private static long Stored(Partition partition) =>
            partition.Runs.EntriesOf(partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit);

        // A merge of any runs, which ends now or goes on beside the next steps.
        private void MergeSome(SimNode node, Partition partition)
        {
            int runs = partition.RunCount;
            if (runs == 0 || !partition.Compactor.IsIdle) return;
            int newest = Random.Next(runs);
            int count = Random.Next(4) == 0 ? runs - newest : 1 + Random.Next(runs - newest);
            RunRange range = new(newest, count);
            Note(range.End == runs ? "merges with the oldest run" : "merges without it");
            if (Random.Next(2) == 0) partition.Compactor.TryMerge(node.Cores[0], range);
            else Merge(node, partition, range);
        }

        private static bool Merge(SimNode node, Partition partition, RunRange range)
        {
            Assert.That(node.Until(() => partition.Compactor.IsIdle));
            if (range.End > partition.RunCount) range = new RunRange(0, partition.RunCount);
            if (range.Count == 0) return true;
            Assert.That(partition.Compactor.TryMerge(node.Cores[0], range));
            return node.Until(() => partition.Compactor.IsIdle);
        }

        private void MakeCold(SimNode node, Partition partition)
        {
            if (Random.Next(4) == 0) return;
            node.Settle(partition);
            node.Engine.BeginDrop();
            node.Until(() => false, 3);
            Note("drops");
        }

        private void BlindPut(SimNode node, Partition partition, int number)
        {
            byte[] key = Name(number);
            string value = new('s', Random.Next(100));
            NoteBlind(partition, number, "puts");
            node.Put(partition, System.Text.Encoding.ASCII.GetString(key), value);
            Model[number] = new Dictionary<string, string> { [StringName] = value };
        }

        private void BlindRemove(SimNode node, Partition partition, int number)
        {
            byte[] key = Name(number);
            NoteBlind(partition, number, "removals");
            node.Run(0, core =>
            {
                partition.Remove(core, 0, key, partition.Hash(0, key));
                return true;
            });
            Model[number] = null;
        }

        private void RemoveRange(SimNode node, Partition partition)
        {
            int first = Random.Next(Keys);
            int end = first + 1 + Random.Next(Keys - first);
            for (int number = first; number < end; number++)
            {
                NoteBlind(partition, number, "range removals");
                Model[number] = null;
            }

            node.Run(0, core =>
            {
                partition.RemoveRange(core, 0, Name(first), end == Keys ? [] : Name(end));
                return true;
            });
        }

        private void Expire(SimNode node, Partition partition, int number)
        {
            bool exists = false;
            byte[] key = Name(number);
            Command(node, partition, number, isThere =>
            {
                exists = isThere;
                long at = node.Cores[0].NowMilliseconds + 50_000;
                if (isThere) partition.SetExpiry(node.Cores[0], 0, key, partition.Hash(0, key), at);
                return true;
            });
            if (!exists) return;
            MakeCold(node, partition);
            NoteBlind(partition, number, "expiries");
            Clock.Advance(60_000_000);
            Model[number] = null;
        }

        private void Evict(SimNode node, Partition partition, int number)
        {
            byte[] key = Name(number);
            ulong hash = partition.Hash(0, key);
            node.Run(0, core =>
            {
                if (!partition.TryDescribe(core, 0, key, hash, out KeyInfo info)) return false;
                if (!info.Exists) return true;
                NoteBlind(partition, number, "evictions");
                partition.Writer.Evict(core, 0, key, hash, info.ExpireAt != 0);
                Model[number] = null;
                return true;
            });
        }

        private void Rename(SimNode node, Partition partition, int from, int to)
        {
            if (from == to || Model[from] is null) return;
            byte[] target = Name(to);
            byte[] key = Name(from);
            Command(node, partition, from, isThere =>
            {
                Assert.That(isThere);
                partition.Rename(node.Cores[0], 0, key, partition.Hash(0, key), target,
                    partition.Hash(0, target));
                return true;
            });
            Note(IsString(from) ? "strings renamed" : "collections renamed");
            Model[to] = Model[from];
            Model[from] = null;
        }

        private void FlushDatabase(SimNode node, Partition partition)
        {
            node.Run(0, core =>
            {
                partition.Flush(core, 0);
                return true;
            });
            Array.Clear(Model);
            Note("flushed databases");
        }

        // Counts only what happens to a collection that is not in memory.
        private void NoteBlind(Partition partition, int number, string what)
        {
            byte[] key = Name(number);
            bool isResident =
                partition.Memory.Table.Contains(partition.Hash(0, key), partition.Keyspaces.IdOf(0), key);
            if (!isResident && Model[number] is not null && !IsString(number)) Note($"blind {what}");
        }

        private void Note(string kind) => done[kind] = done.GetValueOrDefault(kind) + 1;
    }
}
