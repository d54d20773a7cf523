using System.Globalization;
using System.Text;
using Hedge.Storage.Compactions;
using Hedge.Storage.Filters;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Filters;

/// <summary>The filters of a partition's runs add up to less than one false answer in a hundred.</summary>
[Category("fast")]
internal sealed class FilterBudgetTests
{
    private const int Numbers = 10_000_000;

    [TestCase(8, 0.0333)]
    [TestCase(10, 0.0127)]
    [TestCase(14, 0.0025)]
    [TestCase(20, 0.00042)]
    public void Errors_are_as_measured(int bits, double measured) =>
        Assert.That(FilterBudget.Errors(new FilterLoad(1_000_000, 1_000_000L * bits / 8)),
            Is.EqualTo(measured).Within(4).Percent);

    /// <summary>Flushes of random size for a long time, merged as the policy says, their filters sized as
    /// the engine does: the sum holds after every step, at a price of bits per key that is asserted
    /// too.</summary>
    [TestCase(CompactionPolicy.Tiered, 13.7)]
    [TestCase(CompactionPolicy.Tiered, 14.5, false)]
    [TestCase(CompactionPolicy.Leveled, 12.6)]
    [TestCase(CompactionPolicy.Lazy, 12.9)]
    public void Errors_of_all_runs_stay_below_the_limit_through_a_long_load(
        CompactionPolicy policy, double meanBitsMost, bool isWasteful = true)
    {
        const int flushes = 5000;
        Random random = new(1);
        CompactionOptions options = new();
        List<FilterLoad> runs = [];
        double bits = 0, worst = 0, errors = 0;
        for (int flush = 0; flush < flushes; flush++)
        {
            Add(runs, 0, random.Next(10) == 0 ? random.Next(1, 5000) : random.Next(60_000, 160_000));
            while (true)
            {
                long[] sizes = [.. runs.Select(run => run.Keys * 130)];
                if (CompactionPicker.Pick(policy, sizes, isWasteful, options) is not { } range) break;
                long merged = runs.GetRange(range.Newest, range.Count).Sum(run => run.Keys);
                runs.RemoveRange(range.Newest, range.Count);
                Add(runs, range.Newest, merged);
            }

            double sum = runs.Sum(FilterBudget.Errors);
            worst = Math.Max(worst, sum);
            errors += sum / flushes;
            bits += runs.Sum(run => run.FilterBytes * 8.0) / runs.Sum(run => run.Keys) / flushes;
        }

        TestContext.Out.WriteLine(
            $"{policy}: {bits:F2} bits per key, errors {errors:P3}, at worst {worst:P3}");
        Assert.That(worst, Is.LessThanOrEqualTo(FilterBudget.ErrorsMax));
        Assert.That(bits, Is.LessThan(meanBitsMost));

        static void Add(List<FilterLoad> runs, int at, long keys) => runs.Insert(at, new FilterLoad(keys,
            BloomFilter.BytesFor(keys, FilterBudget.BitsPerKey(keys, [.. runs]))));
    }

    [Test]
    public void Absent_keys_of_a_partition_of_twelve_runs_touch_no_block_in_99_of_100_cases()
    {
        const int lookups = 100_000;
        int[] sizes = [2000, 2500, 1800, 9000, 8000, 300, 30_000, 28_000, 33_000, 100_000, 110_000, 90_000];
        MemoryDisk disk = new();
        RunSet set = new();
        List<Run> runs = [];
        Random random = new(7);
        foreach ((int at, int keys) in sizes.Index().Reverse())
        {
            RunId id = new(0, (ulong)(at + 1));
            string path = $"{at}";
            RunWriterSettings settings = new() { KeysMax = keys, OtherFilters = RunSet.FiltersOf([.. runs]) };
            using (RunWriter writer = new(disk, path, id, settings))
            {
                // Even numbers over the whole range, so that every look-up is within the run's bounds.
                SortedSet<int> numbers = [0, Numbers];
                while (numbers.Count < keys) numbers.Add(2 * random.Next(Numbers / 2));
                foreach (int number in numbers) writer.Add(ModelEntry.Put(KeyOf(number), [1]).Entry);
                writer.Finish();
            }

            runs.Insert(0, Run.Open(disk, path, id));
        }

        set.Replace([.. runs]);
        CountingSource source = new();
        for (int i = 0; i < lookups; i++)
        {
            byte[] key = KeyOf((2 * random.Next(Numbers / 2)) + 1);
            set.Find(source, 1, key.AsSpan(4), InternalKey.Hash(key), out _);
        }

        double bits = runs.Sum(run => run.Filter.FilterBytes * 8.0) / sizes.Sum();
        set.Release();
        TestContext.Out.WriteLine($"{source.Touched} blocks in {lookups} look-ups, {bits:F2} bits per key");
        // Three standard deviations are left for chance.
        Assert.That(source.Touched, Is.InRange(lookups / 1000, lookups / 100 + 3 * 32));
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [TestCase(5000, 5000)]
    [TestCase(5000, 60_000)]
    [TestCase(5000, 15_000)]
    [TestCase(5000, 11_000)]
    public void A_filter_made_before_its_keys_are_known_loses_none_and_is_folded(int keys, int keysMax)
    {
        using FilterBuilder builder = new(new RunWriterSettings { KeysMax = keysMax }, hashesMax: 256);
        for (int i = 0; i < keys; i++) builder.Add(HashOf(i));
        builder.Finish();
        ListSink sink = new();
        builder.Emit(sink, 4096);
        Assert.That(sink.Bytes, Has.Count.EqualTo(builder.Bytes));
        ReadOnlySpan<byte> filter = sink.Bytes.ToArray();
        int wrong = 0;
        for (int i = 0; i < 2 * keys; i++)
        {
            long bucket = BloomFilter.BucketOffset(HashOf(i), builder.Bytes);
            bool isThere = BloomFilter.Contains(
                filter.Slice((int)bucket, BloomFilter.BucketBytes), HashOf(i));
            if (i < keys) Assert.That(isThere);
            else if (isThere) wrong++;
        }

        Assert.That(builder.Bytes * 8 / keys, Is.LessThan(30), "folded when far fewer keys came");
        Assert.That(wrong, Is.LessThan(keys / 50));
    }

    private static ulong HashOf(int i) => KeyHash.Compute(1, BitConverter.GetBytes(i));

    private static byte[] KeyOf(int number) => ModelEntry.KeyOf(1, Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"user:{number:D9}")));

    private sealed class ListSink : IByteSink
    {
        public List<byte> Bytes { get; } = [];

        public void Write(ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);
    }

    private sealed class CountingSource : BlockSource
    {
        public int Touched { get; private set; }

        public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value) =>
            throw new InvalidOperationException("no entry refers to a value");

        public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
        {
            Touched++;
            block = default;
            return false;
        }
    }
}
