using System.Globalization;
using System.Text;
using Hedge.Host.Slots;
using Hedge.Storage.Io;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("fast")]
public sealed class CursorTableTests
{
    [Test]
    public void The_same_key_gives_the_same_cursor_which_leads_back_to_the_key()
    {
        var table = new CursorTable(5, 16, new FixedSeed());
        ulong first = table.Remember("hello"u8);
        ulong second = table.Remember("world"u8);
        Assert.That(first, Is.Not.EqualTo(second));
        Assert.That(table.Remember("hello"u8), Is.EqualTo(first));
        Assert.That(first, Is.LessThan(1UL << 63));
        Assert.That(CursorTable.PartitionOf(first, 16), Is.EqualTo(5));
        Assert.That(table.TryResume(first, out bool fromStart, out ReadOnlySpan<byte> after));
        Assert.That(fromStart, Is.False);
        Assert.That(after.SequenceEqual("hello"u8));
    }

    [Test]
    public void A_partition_has_a_cursor_for_its_start()
    {
        var seed = new FixedSeed();
        ulong start = CursorTable.StartOf(2);
        Assert.That(new CursorTable(2, 4, seed).TryResume(start, out bool fromStart, out _) && fromStart);
        Assert.That(new CursorTable(2, 4, seed).TryResume(6, out _, out _), Is.False);
    }

    [Test]
    public void The_oldest_unused_cursor_is_forgotten_first()
    {
        var table = new CursorTable(0, 1, new FixedSeed(), entriesMax: 100);
        ulong[] cursors = Enumerable.Range(0, 100).Select(i => table.Remember(Key(i))).ToArray();
        Assert.That(table.TryResume(cursors[0], out _, out _));
        for (int i = 100; i < 150; i++) table.Remember(Key(i));
        Assert.That(table.Count, Is.EqualTo(100));
        Assert.That(table.TryResume(cursors[0], out _, out _), "used: kept");
        Assert.That(table.TryResume(cursors[1], out _, out _), Is.False, "unused and old: forgotten");
        Assert.That(table.TryResume(cursors[51], out _, out _), "unused and young: kept");
        Assert.That(table.Remember(Key(1)), Is.EqualTo(cursors[1]), "asked for anew: the same cursor");
    }

    [Test]
    public void Long_keys_are_bounded_in_bytes()
    {
        var table = new CursorTable(0, 1, new FixedSeed());
        byte[] key = new byte[65_535];
        for (int i = 0; i < 300; i++)
        {
            BitConverter.TryWriteBytes(key, i);
            ulong cursor = table.Remember(key);
            Assert.That(table.TryResume(cursor, out _, out ReadOnlySpan<byte> after));
            Assert.That(after.SequenceEqual(key));
        }

        Assert.That(table.Count, Is.EqualTo(CursorTable.KeyBytesMax / key.Length));
    }

    [Test]
    public void Keys_whose_hashes_collide_have_cursors_of_their_own()
    {
        var table = new CursorTable(1, 2, new FixedSeed(), positionBits: 7);
        ulong[] cursors = Enumerable.Range(0, 120).Select(i => table.Remember(Key(i))).ToArray();
        Assert.That(cursors.Distinct().Count(), Is.EqualTo(120));
        for (int i = 0; i < cursors.Length; i++)
        {
            Assert.That(table.Remember(Key(i)), Is.EqualTo(cursors[i]));
            Assert.That(table.TryResume(cursors[i], out _, out ReadOnlySpan<byte> after));
            Assert.That(after.SequenceEqual(Key(i)));
        }
    }

    [TestCase("0", true)]
    [TestCase("18446744073709551615", true)]
    [TestCase("18446744073709551616", false)]
    [TestCase("", false)]
    [TestCase("-1", false)]
    [TestCase("+1", false)]
    [TestCase("1 ", false)]
    [TestCase("x", false)]
    public void Cursors_are_plain_numbers(string text, bool valid) =>
        Assert.That(CursorTable.TryParse(Encoding.ASCII.GetBytes(text), out _), Is.EqualTo(valid));

    private static byte[] Key(int i) => Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));

    private sealed class FixedSeed : ISeed
    {
        private ulong _state = 7;

        public ulong Next() => _state += 0x9E3779B97F4A7C15;
    }
}
