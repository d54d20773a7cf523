using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Lookups;

/// <summary>Look-ups that wait for a block, and go on where they were.</summary>
[Category("fast")]
public sealed class LocatedBlocksTests
{
    private static readonly BlockLocation Somewhere = new(7, 1);

    [Test]
    public void What_is_remembered_holds_for_one_key_and_one_list_of_runs()
    {
        LocatedBlocks located = new();
        Run[] runs = new Run[3];
        byte[] key = [0, 0, 0, 1, 5];
        Assert.That(located.TryGet(runs, key, 99, out _, out _), Is.False);
        located.Remember(runs, key, 99, 2, Somewhere);
        Assert.That(located.TryGet(runs, key, 99, out int run, out BlockLocation location), Is.True);
        Assert.That((run, location), Is.EqualTo((2, Somewhere)));
        Assert.That(located.TryGet(new Run[3], key, 99, out _, out _), Is.False, "other runs");
        Assert.That(located.TryGet(runs, [0, 0, 0, 1, 6], 99, out _, out _), Is.False, "the same hash");
        Assert.That(located.TryGet(runs, [0, 0, 0, 1], 99, out _, out _), Is.False, "a part of the key");
        Assert.That(located.TryGet(runs, [0, 0, 0, 1, 5, 0], 99, out _, out _), Is.False, "more than it");
        byte[] tooLong = new byte[LocatedBlocks.KeyBytesMax + 1];
        located.Remember(runs, tooLong, 1, 0, Somewhere);
        Assert.That(located.TryGet(runs, tooLong, 1, out _, out _), Is.False);
    }

    [Test]
    public void A_lookup_that_waits_for_each_block_finds_and_counts_what_one_without_waits_does()
    {
        const int seed = 11;
        Random random = new(seed);
        MemoryDisk disk = new();
        List<Run> runs = [];
        List<SortedDictionary<byte[], ModelEntry>> models = [];
        for (int i = 0; i < 6; i++)
        {
            SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
            while (model.Count < 1500)
            {
                byte[] key = Key(random);
                model[key] = random.Next(5) == 0
                    ? ModelEntry.Tombstone(key) : ModelEntry.Put(key, BitConverter.GetBytes(i));
            }

            ModelEntry.Write(disk, $"run{i}", [.. model.Values]);
            runs.Add(Run.Open(disk, $"run{i}", ModelEntry.Id));
            models.Add(model);
        }

        RunSet set = new();
        set.Replace([.. runs]);
        using PageBuffer buffer = new(1 << 20);
        using PageBuffer other = new(1 << 20);
        Source waiting = new(disk, buffer, waits: true);
        Source direct = new(disk, other, waits: false);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] key = Key(random);
            ulong hash = InternalKey.Hash(key);
            RunAnswer expected = set.Find(direct, 1, key.AsSpan(4), hash, out RunEntry entry);
            byte[] value = entry.Value.ToArray();
            RunAnswer answer;
            int attempts = 0;
            waiting.Begin();
            do answer = set.Find(waiting, 1, key.AsSpan(4), hash, out entry);
            while (answer == RunAnswer.NotResident && ++attempts < 10);
            Assert.That(answer, Is.EqualTo(expected));
            Assert.That(entry.Value.SequenceEqual(value));
            ModelEntry? newest = models.Select(m => m.GetValueOrDefault(key)).FirstOrDefault(e => e != null);
            bool isPut = newest?.Kind == RunEntryKind.Put;
            Assert.That(answer == RunAnswer.Present, Is.EqualTo(isPut));
            if (isPut) Assert.That(value, Is.EqualTo(newest!.Value));
            set.PrefetchPlace(key, hash);
        }

        Assert.That(waiting.Waits, Is.GreaterThan(1000));
        Assert.That((waiting.FilterChecks, waiting.FilterNegatives, waiting.FilterFalsePositives),
            Is.EqualTo((direct.FilterChecks, direct.FilterNegatives, direct.FilterFalsePositives)));
        set.Release();
    }

    private static byte[] Key(Random random)
    {
        string user = $"user:{random.Next(5000):D5}{new string('x', random.Next(3) == 0 ? 100 : 0)}";
        return ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes(user));
    }

    /// <summary>Gives a block when a look-up asks for it the second time.</summary>
    private sealed class Source(MemoryDisk disk, PageBuffer buffer, bool waits) : BlockSource
    {
        private readonly HashSet<(Run Run, BlockLocation Location)> _read = [];

        public int Waits { get; private set; }

        public void Begin() => _read.Clear();

        public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value) =>
            throw new InvalidOperationException("no entry refers to a value");

        public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
        {
            block = default;
            if (waits && _read.Add((run, location)))
            {
                Waits++;
                return false;
            }

            Span<byte> bytes = buffer.Slice(0, location.Length);
            disk.Read(run.File, location.Offset, bytes);
            block = bytes;
            return true;
        }
    }
}
