using Hedge.Host.Benchmarks;
using NUnit.Framework;

namespace Hedge.Tests.Benchmarks;

/// <summary>Which ids, keys and values the benchmark uses.</summary>
[TestFixture]
[Category("fast")]
public sealed class DistributionTests
{
    private const ulong Count = 100_000;
    private const int Draws = 400_000;

    [Test]
    public void Zipfian_ranks_are_as_frequent_as_their_formula_says()
    {
        var ranks = new ZipfianRanks(Count, 0.99);
        double[] seen = new double[Count];
        var random = new Randomness(1);
        for (int i = 0; i < Draws; i++) seen[ranks.Next(random)]++;
        double zeta = 0;
        for (ulong i = 1; i <= Count; i++) zeta += Math.Pow(i, -0.99);
        Assert.Multiple(() =>
        {
            Assert.That(ranks.FirstShare, Is.EqualTo(1 / zeta).Within(1e-9));
            Assert.That(seen[0] / Draws, Is.EqualTo(1 / zeta).Within(0.003), "rank 0");
            Assert.That(seen[1] / Draws, Is.EqualTo(Math.Pow(2, -0.99) / zeta).Within(0.003), "rank 1");
            // The method is an approximation beyond the first two ranks: shares of groups.
            foreach (int end in (int[])[10, 100, 1000, 10_000])
            {
                double expected = 0;
                for (int i = 1; i <= end; i++) expected += Math.Pow(i, -0.99) / zeta;
                Assert.That(seen.AsSpan(0, end).ToArray().Sum() / Draws, Is.EqualTo(expected).Within(0.02),
                    $"the first {end} ranks");
            }
        });
    }

    [TestCase(0.01)]
    [TestCase(0.1)]
    public void The_hottest_exponential_ids_get_the_share_that_the_law_says(double part)
    {
        const double range = 9;
        // So few that what was drawn most is what is hottest.
        const ulong few = 2000;
        var ids = new ExponentialIds(few, range);
        double[] seen = new double[few];
        var random = new Randomness(1);
        for (int i = 0; i < Draws; i++) seen[ids.Next(random, few)]++;
        Array.Sort(seen);
        double share = seen.AsSpan((int)(few * (1 - part))).ToArray().Sum() / Draws;
        Assert.That(share, Is.EqualTo(Math.Log(1 + (part * Math.Exp(range))) / range).Within(0.01));
    }

    [Test]
    public void The_sum_of_many_ranks_is_computed_without_adding_all_of_them()
    {
        const ulong many = 3_000_000;
        double zeta = 0;
        for (ulong i = 1; i <= many; i++) zeta += Math.Pow(i, -0.99);
        Assert.That(new ZipfianRanks(many, 0.99).FirstShare, Is.EqualTo(1 / zeta).Within(1e-12));
    }

    [Test]
    public void Frequent_zipfian_ids_are_not_neighbours_and_the_most_frequent_latest_id_is_the_newest()
    {
        var random = new Randomness(2);
        int[] zipfian = MostFrequent(IdDistribution.Of(DistributionKind.Zipfian, Count, 0.99), random);
        int[] latest = MostFrequent(IdDistribution.Of(DistributionKind.Latest, Count, 0.99), random);
        Assert.Multiple(() =>
        {
            Assert.That(Math.Abs(zipfian[0] - zipfian[1]), Is.GreaterThan(1000));
            Assert.That(latest[..2], Is.EqualTo(new[] { (int)Count - 1, (int)Count - 2 }));
        });
    }

    [Test]
    public void Uniform_ids_are_all_alike_and_sequential_ones_begin_again()
    {
        var random = new Randomness(3);
        int[] seen = new int[100];
        IdDistribution uniform = IdDistribution.Of(DistributionKind.Uniform, 100, 0.99);
        for (int i = 0; i < Draws; i++) seen[uniform.Next(random, 100)]++;
        Assert.That(seen, Has.All.InRange((Draws / 100) - 400, (Draws / 100) + 400));
        IdDistribution sequential = IdDistribution.Of(DistributionKind.Sequential, 3, 0.99);
        ulong[] ids = [.. Enumerable.Range(0, 5).Select(_ => sequential.Next(random, 3))];
        Assert.That(ids, Is.EqualTo(new ulong[] { 0, 1, 2, 0, 1 }));
    }

    [TestCase(1UL)]
    [TestCase(10UL)]
    [TestCase(4096UL)]
    [TestCase(99_991UL)]
    public void A_stride_reaches_every_id_once(ulong count)
    {
        ulong stride = StridedOrder.StrideOf(count);
        var seen = new HashSet<ulong>();
        for (ulong i = 0; i < count; i++) seen.Add(i * stride % count);
        Assert.That(seen, Has.Count.EqualTo((int)count));
    }

    [TestCase(16, false)]
    [TestCase(24, false)]
    [TestCase(24, true)]
    [TestCase(1024, false)]
    public void A_key_tells_its_id_and_no_two_ids_share_one(int keyBytes, bool isOrdered)
    {
        var keys = new KeySpace(keyBytes, isOrdered);
        Span<byte> key = keys.NewKey().Span;
        var random = new Randomness(4);
        for (int i = 0; i < 10_000; i++)
        {
            ulong id = i < 5000 ? (ulong)i : random.Next();
            keys.Write(key, id);
            Assert.That(keys.TryRead(key, out ulong read), Is.True);
            Assert.That(read, Is.EqualTo(id));
        }

        key[3] = (byte)'G';
        Assert.That(keys.TryRead(key, out _), Is.False, "not a digit");
        Assert.That(keys.TryRead(key[1..], out _), Is.False, "not the length");
    }

    [Test]
    public void Mixed_keys_of_ids_that_count_up_come_in_random_order_and_ordered_ones_in_order()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Ascents(new KeySpace(24, false)), Is.InRange(4700, 5300));
            Assert.That(Ascents(new KeySpace(24, true)), Is.EqualTo(9999));
        });
    }

    [TestCase(0)]
    [TestCase(50)]
    [TestCase(95)]
    public void Every_changed_byte_of_a_value_is_noticed(int compressible)
    {
        byte[] value = new byte[101];
        ValueMaker.Write(value, 42, 7, compressible);
        Assert.That(ValueMaker.TryRead(value, 42, out uint version, compressible), Is.True);
        Assert.That(version, Is.EqualTo(7));
        Assert.That(ValueMaker.TryRead(value, 43, out _, compressible), Is.False, "another id's");
        for (int i = 0; i < value.Length; i++)
        {
            value[i] ^= 1;
            Assert.That(ValueMaker.TryRead(value, 42, out _, compressible), Is.False, $"byte {i}");
            value[i] ^= 1;
        }
    }

    [Test]
    public void Percentiles_are_within_three_percent()
    {
        var recorder = new LatencyRecorder();
        for (int i = 1; i <= 100_000; i++) recorder.Record(i * 10L, 1);
        recorder.Record(50_000_000, 8);
        Assert.Multiple(() =>
        {
            Assert.That(recorder.Percentile(50), Is.EqualTo(500_000).Within(3).Percent);
            Assert.That(recorder.Percentile(99), Is.EqualTo(990_000).Within(3).Percent);
            Assert.That(recorder.Percentile(100), Is.EqualTo(50_000_000));
            Assert.That(recorder.Total, Is.EqualTo(100_008));
        });
    }

    private static int Ascents(KeySpace keys)
    {
        byte[] last = keys.NewKey().ToArray();
        byte[] key = keys.NewKey().ToArray();
        keys.Write(last, 0);
        int ascents = 0;
        for (ulong id = 1; id < 10_000; id++)
        {
            keys.Write(key, id);
            if (key.AsSpan().SequenceCompareTo(last) > 0) ascents++;
            key.CopyTo(last, 0);
        }

        return ascents;
    }

    private static int[] MostFrequent(IdDistribution distribution, Randomness random)
    {
        int[] seen = new int[Count];
        for (int i = 0; i < Draws; i++) seen[distribution.Next(random, Count)]++;
        int[] ids = [.. Enumerable.Range(0, (int)Count)];
        return [.. ids.OrderByDescending(id => seen[id]).Take(10)];
    }
}
