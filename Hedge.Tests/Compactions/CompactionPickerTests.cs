using Hedge.Storage.Compactions;
using NUnit.Framework;

namespace Hedge.Tests.Compactions;

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
        Assert.That(Picked(CompactionPolicy.Tiered, sizes, Options), Is.EqualTo(expected));

    [TestCase("10 10 10 10 10 10 10 10 10", "none")]
    [TestCase("10 10 10 10 10 10 10 10 10 10", "0+10")]
    [TestCase("10 10 10 10 10 10 10 10 10 31", "none")]
    [TestCase("10 10 10 10 10 10 10 10 10 30", "0+10")]
    public void Where_nothing_is_dead_more_runs_gather(string sizes, string expected) =>
        Assert.That(Picked(CompactionPolicy.Tiered, sizes, Options, isWasteful: false), Is.EqualTo(expected));

    [Test]
    public void Small_runs_count_as_similar_whatever_their_sizes() =>
        Assert.That(
            Picked(CompactionPolicy.Tiered, "5 900 3 70000", new() { SmallBytes = 100_000 }),
            Is.EqualTo("0+4"));

    [Test]
    public void One_merge_reads_no_more_runs_than_allowed() =>
        Assert.That(
            Picked(CompactionPolicy.Tiered, string.Join(' ', Enumerable.Repeat(10, 40)), Options),
            Is.EqualTo("0+24"));

    [Test]
    public void Too_many_unlike_runs_are_merged_where_it_costs_least()
    {
        CompactionOptions options = new() { SmallBytes = 0, PartitionRunsMax = 4 };
        const CompactionPolicy Tiered = CompactionPolicy.Tiered;
        Assert.That(Picked(Tiered, "1 1000 1 1000 10", options), Is.Not.EqualTo("none"));
        Assert.That(Picked(Tiered, "1 1000 5000 4 20 90000", options), Is.EqualTo("3+2"));
        Assert.That(Picked(Tiered, "1 1000 5000 4", options), Is.EqualTo("none"));
    }

    [TestCase("", "none")]
    [TestCase("10 10 10", "none")]
    [TestCase("10 10 10 10", "0+4")]
    [TestCase("10 10 10 100", "0+4")]
    [TestCase("10 10 10 200", "none")]
    [TestCase("10 10 10 10 200", "0+5")]
    [TestCase("10 10 10 150 1200", "0+4")]
    [TestCase("10 10 10 180 1200", "0+5")]
    [TestCase("10 10 10 180 2000", "0+4")]
    public void Leveled_merges_down_as_far_as_the_newer_runs_weigh(string sizes, string expected) =>
        Assert.That(Picked(CompactionPolicy.Leveled, sizes, Options),
            Is.EqualTo(expected));

    [TestCase("10 10 10", "none")]
    [TestCase("10 10 10 10", "0+4")]
    [TestCase("10 10 10 200", "none")]
    [TestCase("10 10 10 20 200", "0+5")]
    [TestCase("10 10 10 10 1000", "0+4")]
    [TestCase("10 10 10 210 1000", "none")]
    [TestCase("10 10 20 210 1000", "0+5")]
    public void Lazy_leveling_is_tiered_above_its_largest_run(string sizes, string expected) =>
        Assert.That(Picked(CompactionPolicy.Lazy, sizes, Options),
            Is.EqualTo(expected));

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
    [TestCase(CompactionPolicy.Tiered, 0.0, 28, 6.0)]
    [TestCase(CompactionPolicy.Tiered, 0.3, 20, 9)]
    [TestCase(CompactionPolicy.Tiered, 0.9, 20, 9)]
    [TestCase(CompactionPolicy.Lazy, 0.0, 20, 12)]
    [TestCase(CompactionPolicy.Lazy, 0.9, 20, 12)]
    [TestCase(CompactionPolicy.Leveled, 0.0, 9, 30)]
    [TestCase(CompactionPolicy.Leveled, 0.9, 9, 30)]
    public void A_long_load_keeps_few_runs_and_rewrites_little(CompactionPolicy policy, double overwritten,
        int runsMost, double writtenMost)
    {
        const int Flushes = 10_000;
        Random random = new(1);
        CompactionOptions options = new();
        List<long> sizes = [];
        long flushed = 0, rewritten = 0, runs = 0;
        int mostRuns = 0;
        for (int flush = 0; flush < Flushes; flush++)
        {
            long size = random.NextInt64(8L << 20, 64L << 20);
            if (random.Next(50) == 0) size = random.NextInt64(1, 1L << 20);
            flushed += size;
            sizes.Insert(0, size);
            while (CompactionPicker.Pick(policy, sizes.ToArray(), overwritten > 0, options) is { } range)
            {
                Assert.That(range.Count, Is.GreaterThan(1));
                Assert.That(range.End, Is.LessThanOrEqualTo(sizes.Count));
                long sum = sizes.Skip(range.Newest).Take(range.Count).Sum();
                long largest = sizes.Skip(range.Newest).Take(range.Count).Max();
                long merged = (long)(largest + (sum - largest) * (1 - overwritten));
                rewritten += merged;
                sizes.RemoveRange(range.Newest, range.Count);
                sizes.Insert(range.Newest, merged);
            }

            mostRuns = Math.Max(mostRuns, sizes.Count);
            runs += sizes.Count;
        }

        double amplification = 1 + rewritten / (double)flushed;
        TestContext.Out.WriteLine($"{policy}: {flushed >> 30} GiB flushed, {runs / (double)Flushes:F1} runs, "
            + $"{mostRuns} at most, written {amplification:F2} times");
        Assert.That(mostRuns, Is.LessThanOrEqualTo(runsMost));
        Assert.That(amplification, Is.LessThan(writtenMost));
    }

    private static long[] Parse(string sizes) =>
        [.. sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];

    private static string Picked(
        CompactionPolicy policy, string sizes, CompactionOptions options, bool isWasteful = true) =>
        CompactionPicker.Pick(policy, Parse(sizes), isWasteful, options) is { } picked
            ? $"{picked.Newest}+{picked.Count}" : "none";
}
