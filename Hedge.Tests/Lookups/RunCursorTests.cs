using Hedge.Storage.Caches;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Lookups;

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
        CoreBlocks blocks = new(cache);
        using (RunCursor cursor = new(run, blocks))
        {
            foreach (ModelEntry expected in all)
            {
                Assert.That(Settle(cursor, cursor.MoveNext(), blocks, queue), Is.EqualTo(CursorState.Ready));
                Assert.That(ModelEntry.From(cursor.Current), Is.EqualTo(expected));
                cache.EndTurn();
            }

            Assert.That(Settle(cursor, cursor.MoveNext(), blocks, queue), Is.EqualTo(CursorState.End));
            Assert.That(cursor.MoveNext(), Is.EqualTo(CursorState.End));
            Assert.That(_loads, Is.LessThanOrEqualTo(run.Blocks), "no block is read twice by a walk");
        }

        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Seeks_agree_with_the_model_in_both_directions_though_blocks_are_evicted()
    {
        const int Seed = 24;
        Random random = new(Seed);
        MemoryDisk disk = new();
        MemoryDiskQueue queue = new(disk);
        ModelEntry[] all = [.. ModelEntry.RandomSet(random, 1500, 3000).Values];
        ModelEntry.Write(disk, "run", all);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using BlockCache cache = new(queue, 32 * Page.Bytes);
        CoreBlocks blocks = new(cache);
        using RunCursor cursor = new(run, blocks);
        for (int round = 0; round < 2000; round++)
        {
            byte[] target = random.Next(2) == 0
                ? [.. all[random.Next(all.Length)].Key, .. ModelEntry.RandomBytes(random, random.Next(2))]
                : ModelEntry.KeyOf((uint)random.Next(5), ModelEntry.RandomBytes(random, random.Next(6)));
            int behind = Array.FindIndex(all, entry => entry.Key.AsSpan().SequenceCompareTo(target) >= 0);
            if (behind < 0) behind = all.Length;
            int step = random.Next(2) == 0 ? 1 : -1;
            cursor.Seek(target);
            for (int at = step > 0 ? behind : behind - 1, i = 0; i < 3; i++, at += step)
            {
                CursorState state = step > 0 ? cursor.MoveNext() : cursor.MovePrevious();
                state = Settle(cursor, state, blocks, queue);
                bool isThere = at >= 0 && at < all.Length;
                Assert.That(state == CursorState.Ready, Is.EqualTo(isThere), $"seed {Seed}, round {round}");
                if (!isThere) break;
                Assert.That(ModelEntry.From(cursor.Current), Is.EqualTo(all[at]),
                    $"seed {Seed}, round {round}");
                cache.EndTurn();
                cache.BytesMax = 0;
                cache.BytesMax = 32 * Page.Bytes;
            }
        }

        run.Release();
    }

    private CursorState Settle(RunCursor cursor, CursorState state, CoreBlocks blocks, MemoryDiskQueue queue)
    {
        while (state == CursorState.NeedsBlock)
        {
            state = cursor.Resume();
            blocks.Load(this, 0);
            queue.CompleteAll();
        }

        return state;
    }
}
