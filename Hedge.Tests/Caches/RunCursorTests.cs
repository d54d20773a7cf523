using Hedge.Storage.Caches;
using Hedge.Storage.Compactions;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

[Category("fast")]
public sealed class RunCursorTests : IBlockWaiter
{
    private int _loads;

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        Assert.That(status.IsOk, Is.True);
        _loads++;
    }

    [TestCase(21, 1)]
    [TestCase(22, 40)]
    [TestCase(23, 2000)]
    public void A_walk_through_a_tiny_cache_sees_every_entry(int seed, int entries)
    {
        _loads = 0;
        MemoryDisk disk = new();
        MemoryDiskQueue queue = new(disk);
        ModelEntry[] all = [.. ModelEntry.RandomSet(new Random(seed), entries, 30_000).Values];
        ModelEntry.Write(disk, "run", all);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using BlockCache cache = new(queue, 16 * Page.Bytes);
        using (RunCursor cursor = new(cache, run))
        {
            foreach (ModelEntry expected in all)
            {
                Assert.That(Settle(cursor, cursor.MoveNext(), cache, queue), Is.EqualTo(CursorState.Ready));
                Assert.That(ModelEntry.From(cursor.Current), Is.EqualTo(expected));
                cache.EndTurn();
            }

            Assert.That(Settle(cursor, cursor.MoveNext(), cache, queue), Is.EqualTo(CursorState.End));
            Assert.That(cursor.MoveNext(), Is.EqualTo(CursorState.End));
            Assert.That(_loads, Is.LessThanOrEqualTo(run.Blocks), "no block is read twice by a walk");
        }

        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Seeks_agree_with_the_model_and_an_entry_can_be_had_again_after_eviction()
    {
        const int Seed = 24;
        Random random = new(Seed);
        MemoryDisk disk = new();
        MemoryDiskQueue queue = new(disk);
        ModelEntry[] all = [.. ModelEntry.RandomSet(random, 1500, 3000).Values];
        ModelEntry.Write(disk, "run", all);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using BlockCache cache = new(queue, 32 * Page.Bytes);
        using RunCursor cursor = new(cache, run);
        for (int round = 0; round < 2000; round++)
        {
            byte[] target = random.Next(2) == 0
                ? [.. all[random.Next(all.Length)].Key, .. ModelEntry.RandomBytes(random, random.Next(2))]
                : ModelEntry.KeyOf((uint)random.Next(5), ModelEntry.RandomBytes(random, random.Next(6)));
            int expected = Array.FindIndex(all, entry => entry.Key.AsSpan().SequenceCompareTo(target) >= 0);
            CursorState state = Settle(cursor, cursor.Seek(target), cache, queue);
            Assert.That(state == CursorState.Ready, Is.EqualTo(expected >= 0), $"seed {Seed}, round {round}");
            for (int at = expected; at >= 0 && at < Math.Min(expected + 2, all.Length); at++)
            {
                Assert.That(cursor.Key.SequenceEqual(all[at].Key), $"seed {Seed}, round {round}");
                cache.EndTurn();
                cache.BytesMax = 0;
                cache.BytesMax = 32 * Page.Bytes;
                Assert.That(cursor.Refresh(), Is.EqualTo(CursorState.NeedsBlock));
                Settle(cursor, CursorState.NeedsBlock, cache, queue);
                ModelEntry found = ModelEntry.From(cursor.Current);
                Assert.That(found, Is.EqualTo(all[at]), $"seed {Seed}, round {round}");
                state = Settle(cursor, cursor.MoveNext(), cache, queue);
            }
        }

        run.Release();
    }

    [TestCase(31, 1)]
    [TestCase(32, 2)]
    [TestCase(33, 7)]
    public void A_merge_gives_each_key_once_from_the_newest_source_as_the_model_does(int seed, int runs)
    {
        Random random = new(seed);
        MemoryDisk disk = new();
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
        List<IEntrySource> sources = [];
        List<Run> open = [];
        long total = 0;
        for (int i = 0; i < runs; i++)
        {
            SortedDictionary<byte[], ModelEntry> set = ModelEntry.RandomSet(random, i == 1 ? 0 : 400, 300);
            foreach (ModelEntry entry in set.Values) model.TryAdd(entry.Key, entry);
            total += set.Count;
            RunId id = new(1, (ulong)i);
            ModelEntry.Write(disk, $"run{i}", set.Values, id);
            open.Add(Run.Open(disk, $"run{i}", id));
            sources.Add(new RunScanner(disk, open[^1]));
        }

        MergeScanner merge = new(sources);
        Assert.That(ModelEntry.Drain(merge), Is.EqualTo(model.Values));
        Assert.That(merge.MoveNext(), Is.False);
        Assert.That(merge.Shadowed, Is.EqualTo(total - model.Count));
        foreach (IEntrySource source in sources) ((RunScanner)source).Dispose();
        foreach (Run run in open) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    private CursorState Settle(RunCursor cursor, CursorState state, BlockCache cache, MemoryDiskQueue queue)
    {
        while (state == CursorState.NeedsBlock)
        {
            cache.Load(cursor.Run, cursor.Needed, this);
            queue.CompleteAll();
            state = cursor.Resume();
        }

        return state;
    }
}
