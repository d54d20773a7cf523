using Hedge.Storage.Counts;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Merges;

/// <summary>Merges of runs and generations against a model: sorted sets, newest first, of which each removes
/// ranges from the older ones.</summary>
[Category("fast")]
public sealed class MergedEntriesTests
{
    private const int SourcesMax = 6;
    private const int Walks = 60;

    private readonly List<SortedDictionary<byte[], ModelEntry>> _sets = [];
    private readonly List<EntrySource> _sources = [];
    private readonly List<Run> _runs = [];
    private readonly List<RecordMemory> _memories = [];
    private ModelEntry[] _model = [];
    private MemoryDisk _disk = new();

    [Test]
    public void Walks_in_both_directions_agree_with_the_model([Range(1, 24)] int seed)
    {
        Random random = new(seed);
        long pages = PageBuffer.LiveBytes;
        using (JobBlocks all = new(_disk = new MemoryDisk()))
        {
            PatchyBlocks blocks = new(all, random);
            Build(random, blocks);
            using MergedEntries merged = new(_sources);
            for (int walk = 0; walk < Walks; walk++)
            {
                blocks.Forgets = random.Next(2) == 0;
                blocks.ForgetAll();
                Walk(merged, blocks, random, $"seed {seed}, walk {walk}");
            }
        }

        foreach (Run run in _runs) run.Release();
        foreach (RecordMemory memory in _memories) memory.Dispose();
        Assert.That(_disk.OpenFiles, Is.Zero);
        Assert.That(PageBuffer.LiveBytes, Is.EqualTo(pages));
    }

    [TestCase(31, 1)]
    [TestCase(32, 2)]
    [TestCase(33, 7)]
    public void A_merge_gives_each_key_once_from_the_newest_source_as_the_model_does(int seed, int runs)
    {
        Random random = new(seed);
        MemoryDisk disk = new();
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
        List<EntrySource> sources = [];
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

        MergedEntries merge = new(sources);
        Assert.That(ModelEntry.Drain(merge), Is.EqualTo(model.Values));
        Assert.That(merge.MoveNext(), Is.EqualTo(CursorState.End));
        Assert.That(merge.Shadowed, Is.EqualTo(total - model.Count));
        merge.Dispose();
        foreach (Run run in open) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    private static byte[] RandomKey(Random random)
    {
        string name = $"{random.Next(40)}";
        if (random.Next(8) == 0) name += new string('x', random.Next(600));
        return ModelEntry.KeyOf((uint)random.Next(1, 4), System.Text.Encoding.ASCII.GetBytes(name));
    }

    private static KeyRange RandomRange(Random random)
    {
        byte[] from = RandomKey(random);
        byte[] to = RandomKey(random);
        return from.AsSpan().SequenceCompareTo(to) <= 0 ? new KeyRange(from, to) : new KeyRange(to, from);
    }

    private static bool IsWithin(KeyRange bounds, byte[] key) =>
        bounds.From.Span.SequenceCompareTo(key) <= 0
        && (bounds.To.Length == 0 || bounds.To.Span.SequenceCompareTo(key) > 0);

    private void Build(Random random, PatchyBlocks blocks)
    {
        _sets.Clear();
        _sources.Clear();
        _runs.Clear();
        _memories.Clear();
        int count = random.Next(1, SourcesMax + 1);
        for (int i = 0; i < count; i++)
        {
            SortedDictionary<byte[], ModelEntry> set = ModelEntry.NewSet();
            for (int entries = random.Next(120); entries > 0; entries--)
            {
                byte[] key = RandomKey(random);
                byte[] value = ModelEntry.RandomBytes(random, random.Next(3) == 0 ? random.Next(3000) : 20);
                long expireAt = random.Next(3) == 0 ? random.Next(1, 1000) : 0;
                set[key] = random.Next(5) == 0
                    ? ModelEntry.Tombstone(key)
                    : ModelEntry.Put(key, value, expireAt, (byte)random.Next(4));
            }

            KeyRanges removed = new();
            if (random.Next(2) == 0)
                for (int ranges = random.Next(5); ranges > 0; ranges--) removed.Add(RandomRange(random));
            EntrySource source = SourceOf(set, i, random, blocks);
            source.Removed = removed;
            _sets.Add(set);
            _sources.Add(source);
        }

        SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
        for (int i = 0; i < count; i++)
        {
            foreach ((byte[] key, ModelEntry entry) in _sets[i])
            {
                bool isRemoved = _sources.Take(i).Any(newer => newer.Removed!.Covers(key));
                ModelEntry removed = ModelEntry.Tombstone(key) with { Type = byte.MaxValue };
                model.TryAdd(key, isRemoved ? removed : entry);
            }
        }

        _model = [.. model.Values];
    }

    private unsafe EntrySource SourceOf(SortedDictionary<byte[], ModelEntry> set, int number, Random random,
        PatchyBlocks blocks)
    {
        if (random.Next(3) == 0)
        {
            RecordMemory memory = new();
            _memories.Add(memory);
            foreach (ModelEntry entry in set.Values.OrderBy(_ => random.Next()))
            {
                RecordContent content = new()
                {
                    Value = entry.Value,
                    ExpireAt = entry.ExpireAt,
                    Type = (RecordType)entry.Type,
                };
                bool isAbsent = entry.Kind == RunEntryKind.Tombstone;
                memory.Put(null, InternalKey.Hash(entry.Key), InternalKey.Keyspace(entry.Key),
                    InternalKey.UserKey(entry.Key), content, isAbsent ? RecordStates.Absent : 0);
            }

            return new GenerationEntries(memory.Active.Sorted());
        }

        RunId id = new(1, (ulong)number + 1);
        ModelEntry.Write(_disk, $"run{number}", set.Values, id);
        Run run = Run.Open(_disk, $"run{number}", id);
        _runs.Add(run);
        return random.Next(4) == 0
            ? new RunScanner(_disk, run, Page.Bytes)
            : new RunCursor(run, blocks, random.Next(1, 5));
    }

    // What is removed comes out as a tombstone once at least where a source stands on it, and for the rest of
    // the range need not come out.
    private void Walk(MergedEntries merged, PatchyBlocks blocks, Random random, string place)
    {
        KeyRange bounds = random.Next(2) == 0 ? default : RandomRange(random);
        merged.Bounds = bounds;
        blocks.Bounds = bounds;
        byte[] start = random.Next(8) switch
        {
            0 => [],
            1 => [0xFF, 0xFF, 0xFF, 0xFF],
            2 or 3 => [.. RandomKey(random), 0],
            _ => RandomKey(random),
        };
        bool isBackward = random.Next(2) == 0;
        merged.Seek(start);
        IEnumerable<ModelEntry> wanted = _model.Where(entry => IsWithin(bounds, entry.Key)
            && entry.Key.AsSpan().SequenceCompareTo(start) < 0 == isBackward);
        if (isBackward) wanted = wanted.Reverse();
        Queue<ModelEntry> expected = new(wanted);
        for (int steps = random.Next(300); steps > 0; steps--)
        {
            CursorState state = isBackward ? merged.MovePrevious() : merged.MoveNext();
            while (state == CursorState.NeedsBlock)
            {
                Assert.That(blocks.Deliver(), Is.GreaterThan(0), $"{place}: it waits for nothing");
                state = merged.Resume();
            }

            bool isReady = state == CursorState.Ready;
            while (expected.TryPeek(out ModelEntry? next) && next.Type == byte.MaxValue
                && !(isReady && merged.Key.SequenceEqual(next.Key))) expected.Dequeue();
            Assert.That(isReady, Is.EqualTo(expected.TryDequeue(out ModelEntry? found)), place);
            if (!isReady) break;
            ModelEntry entry = found! with { Type = found.Type == byte.MaxValue ? (byte)0 : found.Type };
            ModelEntry head = ModelEntry.From(merged.Head) with { Value = [] };
            Assert.That(head, Is.EqualTo(entry with { Value = [] }), place);
            if (!blocks.Forgets) Assert.That(ModelEntry.From(merged.Current), Is.EqualTo(entry), place);
        }
    }

    /// <summary>Gives a block out only after it was asked for; forgets some while it walks, if it is told
    /// to.</summary>
    private sealed class PatchyBlocks(BlockSource source, Random random) : BlockSource
    {
        private readonly HashSet<(RunId, uint)> _there = [];
        private readonly HashSet<(RunId, uint)> _missing = [];

        public bool Forgets { get; set; }

        public KeyRange Bounds { get; set; }

        public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
        {
            block = default;
            return _there.Contains((run.Id, location.FirstPage)) && source.TryGet(run, location, out block);
        }

        public override void Need(Run run, long number, long end)
        {
            Assert.That(number, Is.LessThan(end));
            for (; number < end; number++)
            {
                bool isBehind = Bounds.To.Length > 0
                    && run.SeparatorAt(number).SequenceCompareTo(Bounds.To.Span) >= 0;
                Assert.That(isBehind, Is.False, "a block behind the bounds is read");
                _missing.Add((run.Id, run.BlockAt(number).FirstPage));
            }
        }

        public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value) =>
            source.TryGetValue(run, reference, out value);

        public void ForgetAll()
        {
            _there.Clear();
            _missing.Clear();
        }

        public int Deliver()
        {
            if (Forgets && random.Next(2) == 0) _there.Clear();
            int delivered = _missing.Count;
            _there.UnionWith(_missing);
            _missing.Clear();
            return delivered;
        }
    }
}
