using Hedge.Storage.Counts;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Counts;

[Category("fast")]
public sealed class CountWalkTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void A_walk_finds_what_the_model_says_however_it_is_interrupted(int seed)
    {
        Random random = new(seed);
        MemoryDisk disk = new();
        long pages = PageBuffer.LiveBytes;
        List<SortedDictionary<byte[], ModelEntry>> sets = [];
        List<Run> runs = [];
        for (int i = 0; i < 5; i++)
        {
            SortedDictionary<byte[], ModelEntry> set = ModelEntry.RandomSet(random, 500, 9000);
            foreach (byte[] key in set.Keys.ToArray())
            {
                bool isIndex = InternalKey.Keyspace(key) == InternalKey.ExpiryKeyspace;
                if (!isIndex && random.Next(2) == 0) set[key] = set[key] with { IsUnresolved = true };
            }

            RunId id = new(1, (ulong)i + 1);
            ModelEntry.Write(disk, $"run{i}", set.Values, id);
            sets.Add(set);
            runs.Add(Run.Open(disk, $"run{i}", id));
        }

        for (int i = 0; i < runs.Count; i++)
        {
            CountSums expected = new();
            foreach (ModelEntry entry in sets[i].Values.Where(entry => entry.IsUnresolved))
            {
                ModelEntry? older = sets.Skip(i + 1).Select(set => set.GetValueOrDefault(entry.Key))
                    .FirstOrDefault(found => found is not null);
                bool existed = older is { Kind: RunEntryKind.Put };
                expected.Replaced(InternalKey.Keyspace(entry.Key), existed, existed && older!.ExpireAt != 0);
            }

            Run[] older2 = [.. runs.Skip(i + 1)];
            using JobBlocks whole = new(disk);
            using CountWalk steady = new(new UnresolvedEntries(runs[i]), older2);
            while (steady.Go(whole, 1 + random.Next(50)) != WalkState.Done)
            {
            }

            Assert.That(Sorted(steady.Sums), Is.EqualTo(Sorted(expected)), $"run {i}, in steps");
            using JobBlocks behind = new(disk);
            Patchy patchy = new(behind, random);
            using CountWalk torn = new(new UnresolvedEntries(runs[i]), older2);
            WalkState state;
            while ((state = torn.Go(patchy)) != WalkState.Done)
            {
                Assert.That(state, Is.EqualTo(WalkState.NeedsBlocks));
                Assert.That(patchy.Deliver(), Is.GreaterThan(0), "it waits for nothing");
            }

            Assert.That(Sorted(torn.Sums), Is.EqualTo(Sorted(expected)), $"run {i}, with misses");
        }

        foreach (Run run in runs) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
        Assert.That(PageBuffer.LiveBytes, Is.EqualTo(pages));
    }

    [Test]
    public void A_dense_walk_reads_every_older_block_about_once()
    {
        MemoryDisk disk = new();
        List<ModelEntry> entries = [.. Enumerable.Range(0, 20_000).Select(i => ModelEntry.Put(
            ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes($"key{i:D8}")), new byte[100]))];
        RunId oldId = new(1, 1);
        RunId newId = new(1, 2);
        ModelEntry.Write(disk, "old", entries, oldId);
        ModelEntry.Write(disk, "new", entries.Select(entry => entry with { IsUnresolved = true }), newId);
        Run oldest = Run.Open(disk, "old", oldId);
        Run newest = Run.Open(disk, "new", newId);
        using JobBlocks blocks = new(disk);
        Patchy counting = new(blocks, null);
        using (CountWalk walk = new(new UnresolvedEntries(newest), [oldest]))
            while (walk.Go(counting) != WalkState.Done) counting.Deliver();
        Assert.That(counting.Delivered, Is.LessThanOrEqualTo(oldest.Blocks + newest.Blocks));
        oldest.Release();
        newest.Release();
    }

    private static List<CountCorrection> Sorted(CountSums sums) =>
        [.. sums.All.Where(sum => sum.Keys != 0 || sum.Expires != 0).OrderBy(sum => sum.Keyspace)];

    /// <summary>Gives a block out only after it was asked for, and forgets some; without chance,
    /// none.</summary>
    private sealed class Patchy(BlockSource source, Random? random) : BlockSource
    {
        private readonly HashSet<(RunId, uint)> _there = [];
        private readonly HashSet<(RunId, uint)> _missing = [];

        public long Delivered { get; private set; }

        public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
        {
            block = default;
            if (_there.Contains((run.Id, location.FirstPage))) return source.TryGet(run, location, out block);
            _missing.Add((run.Id, location.FirstPage));
            return false;
        }

        public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value) =>
            source.TryGetValue(run, reference, out value);

        public int Deliver()
        {
            if (random is not null && random.Next(3) == 0) _there.Clear();
            int delivered = _missing.Count;
            Delivered += delivered;
            _there.UnionWith(_missing);
            _missing.Clear();
            return delivered;
        }
    }
}
