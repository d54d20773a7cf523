using Hedge.Storage.Compactions;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

[Category("fast")]
public sealed class CompactionPickerTests
{
    private static readonly CompactionOptions Options = new() { SmallBytes = 0 };

    [TestCase("", "none")]
    [TestCase("10", "none")]
    [TestCase("10 10 10", "none")]
    [TestCase("10 10 10 10", "0+4")]
    [TestCase("10 12 25 20 10", "0+5")]
    [TestCase("10 26 10 10 10 10", "2+4")]
    [TestCase("10 10 10 100 100", "none")]
    [TestCase("10 10 10 100 100 100", "0+6")]
    [TestCase("10 10 500 100 100 100 100", "3+4")]
    [TestCase("10 10 10 1000 10 10 10 1000", "none")]
    [TestCase("1000 10 10 10 10 1000", "1+4")]
    [TestCase("10 10 10 10 40 40", "0+4")]
    [TestCase("10 10 10 10 40 40 40", "0+7")]
    [TestCase("10 10 10 10 40 40 40 160 160 160 900", "0+10")]
    [TestCase("10 10 10 10 40 40 40 160 160 900", "0+7")]
    [TestCase("0 0 0 0", "0+4")]
    public void Neighbours_are_picked_whose_merge_grows_every_byte_s_run(string sizes, string expected) =>
        Assert.That(Show(CompactionPicker.Pick(Parse(sizes), Options)), Is.EqualTo(expected));

    [Test]
    public void Small_runs_count_as_similar_whatever_their_sizes() =>
        Assert.That(
            Show(CompactionPicker.Pick(Parse("5 900 3 70000"), new() { SmallBytes = 100_000 })),
            Is.EqualTo("0+4"));

    [Test]
    public void One_merge_reads_no_more_runs_than_allowed() =>
        Assert.That(
            Show(CompactionPicker.Pick(Enumerable.Repeat(10L, 40).ToArray(), Options)), Is.EqualTo("0+16"));

    [Test]
    public void Too_many_unlike_runs_are_merged_where_it_costs_least()
    {
        CompactionOptions options = new() { SmallBytes = 0, PartitionRunsMax = 4 };
        Assert.That(Show(CompactionPicker.Pick(Parse("1 1000 1 1000 10"), options)), Is.Not.EqualTo("none"));
        Assert.That(Show(CompactionPicker.Pick(Parse("1 1000 5000 4 20 90000"), options)), Is.EqualTo("3+2"));
        Assert.That(Show(CompactionPicker.Pick(Parse("1 1000 5000 4"), options)), Is.EqualTo("none"));
    }

    [Test]
    public void Options_out_of_range_are_all_named()
    {
        Assert.That(new CompactionOptions().Problems(), Is.Empty);
        Assert.That(
            new CompactionOptions { RunsMin = 1, PartitionRunsMax = 0, GrowthPercent = 99 }.Problems(),
            Has.Count.EqualTo(3));
    }

    /// <summary>Flushes of random size for a long time; every merge keeps all bytes (the worst case: no
    /// overwrites) or loses some to overwrites.</summary>
    [TestCase(1, 0.0)]
    [TestCase(2, 0.3)]
    [TestCase(3, 0.9)]
    public void A_long_load_keeps_few_runs_and_rewrites_little(int seed, double overwritten)
    {
        const int Flushes = 20_000;
        Random random = new(seed);
        CompactionOptions options = new();
        List<long> sizes = [];
        long flushed = 0;
        long rewritten = 0;
        int mostRuns = 0;
        for (int flush = 0; flush < Flushes; flush++)
        {
            long size = random.NextInt64(8L << 20, 64L << 20);
            if (random.Next(50) == 0) size = random.NextInt64(1, 1L << 20);
            flushed += size;
            sizes.Insert(0, size);
            while (CompactionPicker.Pick(sizes.ToArray(), options) is { } range)
            {
                Assert.That(range.Count, Is.InRange(2, options.RunsMax));
                Assert.That(range.End, Is.LessThanOrEqualTo(sizes.Count));
                long sum = sizes.Skip(range.Newest).Take(range.Count).Sum();
                long largest = sizes.Skip(range.Newest).Take(range.Count).Max();
                long merged = (long)(largest + (sum - largest) * (1 - overwritten));
                rewritten += merged;
                sizes.RemoveRange(range.Newest, range.Count);
                sizes.Insert(range.Newest, merged);
            }

            mostRuns = Math.Max(mostRuns, sizes.Count);
        }

        double amplification = 1 + rewritten / (double)flushed;
        TestContext.Out.WriteLine(
            $"seed {seed}: {flushed >> 30} GiB flushed, {mostRuns} runs, written {amplification:F2} times");
        Assert.That(mostRuns, Is.LessThanOrEqualTo(20));
        Assert.That(amplification, Is.LessThan(1.5 + Math.Log(Flushes, options.RunsMin)));
    }

    private static long[] Parse(string sizes) =>
        [.. sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];

    private static string Show(RunRange? range) =>
        range is { } picked ? $"{picked.Newest}+{picked.Count}" : "none";
}
