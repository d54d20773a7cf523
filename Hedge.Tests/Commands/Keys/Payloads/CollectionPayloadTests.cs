using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Records;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys.Payloads;

[TestFixture]
[Category("fast")]
public sealed class CollectionPayloadTests
{
    private static readonly int[] BackBorders =
    [
        0, 1, 62, 63, 64, 124, 125, 126, 127, 128, 4094, 4095, 4096, 16377, 16378, 16379, 2097145, 2097146,
        2097147,
    ];

    [Test]
    public void Numbers_at_all_borders_and_texts_of_all_lengths_come_back_from_a_listpack()
    {
        using var writer = new ListpackWriter();
        var expected = new List<string>();
        for (int bits = 0; bits < 64; bits++)
        {
            for (int near = -2; near <= 2; near++)
            {
                long number = unchecked((bits == 63 ? long.MaxValue : 1L << bits) + near);
                foreach (long signed in (long[])[number, unchecked(-number)])
                {
                    writer.AddNumber(signed);
                    string text = signed.ToString(CultureInfo.InvariantCulture);
                    writer.Add(Encoding.ASCII.GetBytes(text));
                    expected.AddRange([text, text]);
                }
            }
        }

        foreach (int length in BackBorders)
        {
            writer.Add(Encoding.ASCII.GetBytes(new string('x', length)));
            expected.Add(new string('x', length));
        }

        PackedReader reader = PackedReader.Listpack(writer.End());
        Span<byte> room = stackalloc byte[20];
        var read = new List<string>();
        while (reader.TryNext(out PackedElement element))
            read.Add(Encoding.ASCII.GetString(element.Bytes(room)));
        Assert.That(reader.IsDamaged, Is.False);
        Assert.That(read, Is.EqualTo(expected));
    }

    [Test]
    public void A_set_of_redis_7_2_is_read_and_no_member_may_be_there_twice([Values] bool isTwice)
    {
        using var members = new ListpackWriter();
        members.AddNumber(12);
        members.Add("text"u8);
        if (isTwice) members.AddNumber(12);
        using var output = new PayloadOutput();
        output.AddByte((byte)DumpType.SetListpack);
        output.AddString(members.End());
        output.AddFooter(0);
        CollectedElements? read = CollectedElements.Read(output.Bytes.ToArray());
        if (isTwice) Assert.That(read, Is.Null);
        else Assert.That(read!.Shown(RecordType.Set), Is.EqualTo(["12", "text"]));
    }

    [Test]
    public void A_long_list_is_cut_into_nodes_by_size_or_by_count([Values(-5, -2, -1, 0, 1, 100)] int size)
    {
        using CollectionPayload payload = CollectionPayload.List(size);
        for (int i = 0; i < 5000; i++) payload.AddElement(Encoding.ASCII.GetBytes($"element {i}"));
        CollectedElements? read = CollectedElements.Read(payload.End().ToArray());
        Assert.That(read, Is.Not.Null);
        Assert.That(read!.Elements, Has.Count.EqualTo(5000));
    }

    // Type, count and so on; the footer is added.
    [TestCase("0100", TestName = "An empty list")]
    [TestCase("0200", TestName = "An empty set")]
    [TestCase("0400", TestName = "An empty hash")]
    [TestCase("0500", TestName = "An empty sorted set")]
    [TestCase("1100", TestName = "A sorted set without its listpack")]
    [TestCase("11070700000000FF", TestName = "A listpack whose length is cut off")]
    [TestCase("110707000000000000FF", TestName = "A listpack longer than it says")]
    [TestCase("1107070000000000FF", TestName = "An empty listpack")]
    [TestCase("0202016101", TestName = "A set that is cut off")]
    [TestCase("020201610161", TestName = "A member twice")]
    [TestCase("0402016101620161016200", TestName = "A field twice")]
    [TestCase("05010161000000000000F87F", TestName = "A score that is not a number")]
    [TestCase("0581FFFFFFFFFFFFFFFF", TestName = "A huge count")]
    [TestCase("0B080200000000000000", TestName = "An empty intset")]
    [TestCase("0B0C0200000002000000020001 00", TestName = "An intset that descends")]
    [TestCase("0B0C03000000020000000100 0200", TestName = "An intset of an unknown size")]
    [TestCase("1201030100", TestName = "A node of an unknown kind")]
    [TestCase("12010100", TestName = "An empty plain node")]
    [TestCase("070100", TestName = "A module")]
    public void Malformed_payloads_are_refused(string hex)
    {
        byte[] body = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(CollectedElements.Read(CollectedElements.Seal([.. body, .. new byte[10]])), Is.Null);
    }

    [Test]
    public void Damaged_payloads_are_refused_or_read_but_never_harm()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            RecordType type = (RecordType)random.Next(1, 5);
            byte[] payload = OldPayloads.Write(Sample(random), type, random);
            if (random.Next(2) == 0) payload = Sample(random).Write(NewTypes[random.Next(NewTypes.Length)]);
            for (int i = 0; i < 10; i++)
                if (CollectedElements.Read(OldPayloads.Spoil(payload, random)) == null) refused++;
            byte[] noise = new byte[random.Next(11, 300)];
            random.NextBytes(noise);
            noise[0] = (byte)random.Next(20);
            CollectedElements.Read(CollectedElements.Seal(noise));
        }

        Assert.That(refused, Is.GreaterThan(2000));
    }

    private static readonly DumpType[] NewTypes =
    [
        DumpType.Set, DumpType.Hash, DumpType.SortedSet, DumpType.HashListpack, DumpType.SortedSetListpack,
        DumpType.ListOfListpacks,
    ];

    private static CollectedElements Sample(Random random)
    {
        var elements = new CollectedElements();
        for (int i = random.Next(1, 30); i > 0; i--)
        {
            byte[] value = SampleValues.Next(random, 100);
            elements.TakeField(Encoding.ASCII.GetBytes($"{random.Next(100)}{i}"), value);
        }

        return elements;
    }
}
