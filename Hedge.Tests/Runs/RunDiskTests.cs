using Hedge.Storage.Caches;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Tests.Io;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

[Category("fast")]
public sealed class RunDiskTests : IBlockWaiter
{
    private int _loaded;

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        if (status.IsOk) _loaded++;
    }

    [Test]
    public void Runs_are_written_to_and_read_from_the_real_disk_past_the_page_cache()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hedge-runs-");
        try
        {
            PosixDisk disk = new();
            string path = Path.Combine(directory.FullName, "run");
            SortedDictionary<byte[], ModelEntry> model = ModelEntry.RandomSet(new Random(51), 3000, 100_000);
            ModelEntry.Write(disk, path, model.Values);
            Run run = Run.Open(disk, path, ModelEntry.Id);
            using (RunScanner scanner = new(disk, run))
                Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(model.Values));

            CoreIoFactory factory = CoreIoFactory.Probe(IoMode.Auto);
            if (factory.Mode == IoMode.Uring) LookUpAll(factory, run, model);
            run.Release();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Test]
    public void After_a_crash_at_any_point_a_run_is_whole_or_refused_and_whole_once_it_was_finished()
    {
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.RandomSet(new Random(52), 400, 60_000);
        int refused = 0;
        int whole = 0;
        bool finished = false;
        for (int crashAt = 1; !finished; crashAt++)
        {
            for (ulong seed = 1; seed <= 10; seed++)
            {
                SimDisk disk = new(seed * 1000 + (ulong)crashAt);
                disk.CreateDirectory("/db");
                disk.SyncDirectory("/");
                disk.CrashAt = disk.Mutations + crashAt;
                finished = TryWrite(disk, model);
                disk.Crash();
                if (!disk.Exists("/db/run"))
                {
                    Assert.That(finished, Is.False);
                    continue;
                }

                bool isWhole = IsWhole(disk, model);
                if (isWhole) whole++;
                else refused++;
                if (finished) Assert.That(isWhole, $"seed {seed}, crash at {crashAt}");
            }
        }

        TestContext.Out.WriteLine($"whole {whole}, refused {refused}");
        Assert.That(whole, Is.GreaterThan(0));
        Assert.That(refused, Is.GreaterThan(0));
    }

    [Test]
    public void Nothing_is_allocated_per_entry_written_or_per_block_looked_up()
    {
        MemoryDisk disk = new();
        MemoryDiskQueue queue = new(disk);
        ModelEntry[] all = [.. ModelEntry.RandomSet(new Random(53), 3000, 500).Values];
        long before;
        using (RunWriter writer = new(disk, "run", ModelEntry.Id))
        {
            writer.Add(all[0].Entry);
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 1; i < all.Length; i++) writer.Add(all[i].Entry);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before - disk.Writes.Sum();
            writer.Finish();
            Assert.That(allocated, Is.LessThan(4096), "bytes allocated besides the disk's own");
        }

        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using BlockCache cache = new(queue, 40 * Page.Bytes);
        Action poll = queue.CompleteAll;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (ModelEntry entry in all) LookUp(cache, poll, run, entry);
        }

        long lookedUp = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(lookedUp, Is.LessThan(1024), "bytes allocated by look-ups");
        Assert.That(cache.Evictions, Is.GreaterThan(100));
        run.Release();
    }

    private static bool TryWrite(SimDisk disk, SortedDictionary<byte[], ModelEntry> model)
    {
        try
        {
            ModelEntry.Write(disk, "/db/run", model.Values);
            disk.SyncDirectory("/db");
            return true;
        }
        catch (SimCrashException)
        {
            return false;
        }
    }

    private static bool IsWhole(SimDisk disk, SortedDictionary<byte[], ModelEntry> model)
    {
        Run run;
        try
        {
            run = Run.Open(disk, "/db/run", ModelEntry.Id);
        }
        catch (RunFormatException)
        {
            return false;
        }

        try
        {
            using RunScanner scanner = new(disk, run);
            Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(model.Values));
            return true;
        }
        catch (RunFormatException)
        {
            return false;
        }
        finally
        {
            run.Release();
        }
    }

    private void LookUpAll(CoreIoFactory factory, Run run, SortedDictionary<byte[], ModelEntry> model)
    {
        using ICoreIo io = factory.Create();
        TestHandler handler = new(io);
        using BlockCache cache = new(io.Disk, 4 * 1024 * 1024);
        void Poll()
        {
            io.Submit();
            while (cache.InFlight > 0)
            {
                io.Wait(10_000);
                io.Poll(handler);
            }
        }

        foreach (ModelEntry entry in model.Values) LookUp(cache, Poll, run, entry);
        Assert.That(_loaded, Is.GreaterThanOrEqualTo(run.Blocks));
        Assert.That(cache.Evictions, Is.GreaterThan(0));
    }

    private void LookUp(BlockCache cache, Action poll, Run run, ModelEntry expected)
    {
        bool isInside = run.TryLocate(expected.Key, out BlockLocation location);
        if (!isInside) Assert.Fail("a key lies outside its run");
        if (!cache.TryGet(run, location, BlockUse.Lookup, out ReadOnlySpan<byte> block))
        {
            cache.Load(run, location, this);
            poll();
            cache.TryGet(run, location, BlockUse.Lookup, out block);
        }

        bool found = BlockReader.TryFind(block, expected.Key, out RunEntry entry);
        if (!found || !entry.Value.SequenceEqual(expected.Value)) Assert.Fail("a look-up went wrong");
        cache.EndTurn();
    }
}
