using Hedge.Storage.Compactions;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Compactions;

[Category("fast")]
public sealed class CompactionJobTests
{
    private const uint DeadKeyspace = 2;
    private const long Horizon = 1L << 49;

    private static readonly RunId OutputId = new(1, 99);

    [Test]
    public void The_output_holds_exactly_what_the_model_keeps(
        [Values] bool includesOldest, [Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        MemoryDisk disk = new();
        List<SortedDictionary<byte[], ModelEntry>> sets =
            [.. Enumerable.Range(0, 5).Select(_ => ModelEntry.RandomSet(random, 400, 20_000))];
        List<Run> runs = WriteAll(disk, sets);
        List<ModelEntry> kept = [.. Newest(sets).Where(entry => IsKept(entry, includesOldest))
            .Select(entry => entry with
            {
                IsUnresolved = !includesOldest
                    && sets.Last(set => set.ContainsKey(entry.Key))[entry.Key].IsUnresolved,
            })];
        Assert.That(kept, Has.Count.InRange(100, Newest(sets).Count - 100));

        using CompactionJob job = new(disk, Plan(runs, includesOldest));
        int steps = 1;
        while (job.Step()) steps++;
        Assert.That((job.State, job.Failure), Is.EqualTo((CompactionState.Done, (IOException?)null)));
        Assert.That(steps, Is.GreaterThan(1));
        long accounted = job.EntriesShadowed + job.EntriesDropped + kept.Count;
        Assert.That(accounted, Is.EqualTo(sets.Sum(set => set.Count)));
        Assert.That(job.BytesWritten, Is.EqualTo(disk.Content("out").Length));
        Assert.That(job.BytesRead, Is.GreaterThan(0));

        foreach (Run run in runs) run.Release();
        Run output = Run.Open(disk, "out", OutputId);
        using (RunScanner scanner = new(disk, output))
            Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(kept));
        Assert.That(output.Info.Puts + output.Info.Tombstones, Is.EqualTo(kept.Count));
        output.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Nothing_is_written_when_nothing_is_left()
    {
        MemoryDisk disk = new();
        SortedDictionary<byte[], ModelEntry> set = ModelEntry.NewSet();
        byte[] key = ModelEntry.KeyOf(1, "gone"u8);
        set[key] = ModelEntry.Tombstone(key);
        byte[] dead = ModelEntry.KeyOf(DeadKeyspace, "dead"u8);
        set[dead] = ModelEntry.Put(dead, [1]);
        List<Run> runs = WriteAll(disk, [set]);
        using CompactionJob job = new(disk, Plan(runs, includesOldest: true));
        while (job.Step())
        {
        }

        Assert.That((job.State, job.Output), Is.EqualTo((CompactionState.Done, (RunInfo?)null)));
        Assert.That(disk.Paths.Single(), Is.EqualTo("in0"));
        runs[0].Release();
    }

    [Test]
    public void A_cancelled_job_leaves_no_output_and_no_reference([Values] bool byDispose)
    {
        MemoryDisk disk = new();
        Random random = new(4);
        List<Run> runs = WriteAll(disk, RandomSets(random, 3));
        using (CompactionJob job = new(disk, Plan(runs, includesOldest: false)))
        {
            Assert.That(job.Step(), Is.True);
            Assert.That(disk.Exists("out"), Is.True);
            if (!byDispose)
            {
                job.Cancel();
                Assert.That(job.Step(), Is.False);
                Assert.That(job.State, Is.EqualTo(CompactionState.Cancelled));
            }
        }

        Assert.That(disk.Exists("out"), Is.False);
        foreach (Run run in runs) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Whichever_operation_fails_the_job_says_so_and_leaves_no_output()
    {
        MemoryDisk disk = new();
        Random random = new(5);
        List<Run> runs = WriteAll(disk, RandomSets(random, 3));
        int failures = 0;
        for (; ; failures++)
        {
            disk.FailAfter = failures;
            using CompactionJob job = new(disk, Plan(runs, includesOldest: false));
            while (job.Step())
            {
            }

            disk.FailAfter = -1;
            if (job.State == CompactionState.Done) break;
            Assert.That(job.State, Is.EqualTo(CompactionState.Failed));
            Assert.That(job.Failure, Is.InstanceOf<DiskException>());
            Assert.That(disk.Exists("out"), Is.False);
        }

        Assert.That(failures, Is.GreaterThanOrEqualTo(5));
        foreach (Run run in runs) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void A_damaged_input_ends_the_job_and_is_named()
    {
        MemoryDisk disk = new();
        List<Run> runs = WriteAll(disk, [ModelEntry.RandomSet(new Random(6), 300, 1000)]);
        disk.Content("in0")[4096 * 3 + 17] ^= 1;
        using CompactionJob job = new(disk, Plan(runs, includesOldest: false));
        while (job.Step())
        {
        }

        Assert.That(job.State, Is.EqualTo(CompactionState.Failed));
        Assert.That(job.Failure!.Message, Does.StartWith("run file in0 is damaged"));
        Assert.That(disk.Exists("out"), Is.False);
        runs[0].Release();
    }

    private static List<SortedDictionary<byte[], ModelEntry>> RandomSets(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => ModelEntry.RandomSet(random, 400, 50_000))];

    private static CompactionPlan Plan(List<Run> runs, bool includesOldest) => new()
    {
        Inputs = runs,
        IsCounted = [.. runs.Select(_ => false)],
        Output = OutputId,
        OutputPath = "out",
        IncludesOldest = includesOldest,
        IsLiveKeyspace = keyspace => keyspace != DeadKeyspace,
        ExpiryHorizon = Horizon,
    };

    private static List<Run> WriteAll(MemoryDisk disk, List<SortedDictionary<byte[], ModelEntry>> newestFirst)
    {
        List<Run> runs = [];
        foreach (SortedDictionary<byte[], ModelEntry> set in newestFirst)
        {
            RunId id = new(1, (ulong)runs.Count);
            ModelEntry.Write(disk, $"in{runs.Count}", set.Values, id);
            runs.Add(Run.Open(disk, $"in{runs.Count}", id));
        }

        return runs;
    }

    private static List<ModelEntry> Newest(List<SortedDictionary<byte[], ModelEntry>> newestFirst)
    {
        SortedDictionary<byte[], ModelEntry> all = ModelEntry.NewSet();
        foreach (SortedDictionary<byte[], ModelEntry> set in newestFirst)
            foreach (ModelEntry entry in set.Values) all.TryAdd(entry.Key, entry);
        return [.. all.Values];
    }

    private static bool IsKept(ModelEntry entry, bool includesOldest)
    {
        if (InternalKey.Keyspace(entry.Key) == InternalKey.ExpiryKeyspace)
        {
            return InternalKey.ExpiryTime(entry.Key) >= Horizon
                && InternalKey.ExpiringKeyspace(entry.Key) != DeadKeyspace;
        }

        return InternalKey.Keyspace(entry.Key) != DeadKeyspace
            && !(entry.Kind == RunEntryKind.Tombstone && includesOldest);
    }
}
