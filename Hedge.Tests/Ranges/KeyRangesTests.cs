using Hedge.Storage.Ranges;
using NUnit.Framework;

namespace Hedge.Tests.Ranges;

[Category("fast")]
public sealed class KeyRangesTests
{
    private const int Keys = 60;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void A_set_of_ranges_is_the_set_of_their_keys(int seed)
    {
        Random random = new(seed);
        KeyRanges ranges = new();
        bool[] model = new bool[Keys];
        for (int i = 0; i < 3000; i++)
        {
            int from = random.Next(Keys);
            int to = random.Next(Keys);
            bool adds = random.Next(2) == 0;
            if (adds) ranges.Add(Range(from, to));
            else ranges.Remove(Range(from, to));
            for (int key = from; key < to; key++) model[key] = adds;
            for (int key = 0; key < Keys; key++)
                Assert.That(ranges.Covers(Key(key).Span), Is.EqualTo(model[key]), $"key {key}, step {i}");
            int edges = Enumerable.Range(0, Keys).Count(key => model[key] && (key == 0 || !model[key - 1]));
            Assert.That(ranges.Count, Is.EqualTo(edges), "ranges that touch are one");
            Assert.That(ranges.Bytes, Is.EqualTo(Enumerable.Range(0, ranges.Count)
                .Sum(index => ranges[index].From.Length + ranges[index].To.Length)));
        }
    }

    [Test]
    public void Tombstones_are_read_as_they_were_written()
    {
        RangeTombstones tombstones = new();
        tombstones.Delete(KeyRange.Of(3, "a"u8, "c"u8));
        tombstones.Uncounted.Remove(KeyRange.Of(3, "b"u8, "c"u8));
        tombstones.Delete(KeyRange.Of(3, "b"u8, "x"u8));
        tombstones.Delete(KeyRange.Of(7, ""u8, ""u8));
        byte[] bytes = new byte[tombstones.Measure()];
        tombstones.Write(bytes);
        RangeTombstones read = RangeTombstones.Read(bytes)!;
        Assert.That(Show(read.Covered), Is.EqualTo(Show(tombstones.Covered)).And.Count.EqualTo(2));
        Assert.That(Show(read.Uncounted), Is.EqualTo(Show(tombstones.Uncounted)).And.Count.EqualTo(3));
        for (int length = 1; length < bytes.Length; length++)
            Assert.That(RangeTombstones.Read(bytes.AsSpan(0, length)), Is.Null, $"{length} bytes");
    }

    [Test]
    public void Of_two_merged_tombstones_the_older_one_counts_what_both_remove()
    {
        RangeTombstones older = new();
        older.Delete(KeyRange.Of(1, "b"u8, "d"u8));
        older.Uncounted.Remove(KeyRange.Of(1, "b"u8, "d"u8));
        RangeTombstones newer = new();
        newer.Delete(KeyRange.Of(1, "a"u8, "c"u8));
        RangeTombstones merged = new();
        merged.AddNewer(older, isCounted: false);
        merged.AddNewer(newer, isCounted: false);
        Assert.That(Show(merged.Covered), Is.EqualTo(new[] { Show(KeyRange.Of(1, "a"u8, "d"u8)) }));
        Assert.That(Show(merged.Uncounted), Is.EqualTo(new[] { Show(KeyRange.Of(1, "a"u8, "b"u8)) }));
    }

    private static ReadOnlyMemory<byte> Key(int key) => new byte[] { 0, 0, 0, 1, (byte)key };

    private static KeyRange Range(int from, int to) => new(Key(from), Key(to));

    private static string Show(KeyRange range) =>
        $"{Convert.ToHexString(range.From.Span)}-{Convert.ToHexString(range.To.Span)}";

    private static List<string> Show(KeyRanges ranges) =>
        [.. Enumerable.Range(0, ranges.Count).Select(index => Show(ranges[index]))];
}
