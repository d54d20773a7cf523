using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("fast")]
public sealed class PayloadTests
{
    [Test]
    public void The_checksum_is_that_of_its_check_value() =>
        Assert.That(Crc64.Compute("123456789"u8), Is.EqualTo(0xe9c6d914c4b8d9caUL));

    [Test]
    public void The_checksum_agrees_with_its_bitwise_definition_at_every_length()
    {
        byte[] bytes = new byte[300];
        new Random(3).NextBytes(bytes);
        ulong crc = 0;
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.That(Crc64.Compute(bytes.AsSpan(0, length)), Is.EqualTo(crc), $"length {length}");
            crc ^= bytes[length];
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x95ac9329ac4bc9b5 : 0);
        }
    }

    [Test]
    public void What_is_compressed_expands_to_itself()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lzf = new Lzf();
        for (int i = 0; i < 3000; i++)
        {
            byte[] value = SampleValues.Next(random);
            byte[] stream = new byte[value.Length + (value.Length / 32) + 16];
            int length = lzf.Compress(value, stream);
            if (value.Length < 3) continue;
            Assert.That(length, Is.Positive, "there is room for anything");
            byte[] back = new byte[value.Length];
            Assert.That(Lzf.TryDecompress(stream.AsSpan(0, length), back), $"round {i}");
            Assert.That(back.AsSpan().SequenceEqual(value), $"round {i}");
            Assert.That(Lzf.TryDecompress(stream.AsSpan(0, length), new byte[value.Length + 1]), Is.False);
            Assert.That(Lzf.TryDecompress(stream.AsSpan(0, length), new byte[value.Length - 1]), Is.False);
        }
    }

    [Test]
    public void Broken_payloads_with_a_right_checksum_are_refused_or_read_but_never_harm()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] payload = Spoil(Payload(SampleValues.Next(random, 200)), random);
            Assert.That(DumpReader.IsIntact(payload));
            bool read = DumpReader.TypeOf(payload) == RecordType.String
                && DumpReader.TryLength(payload, out int length)
                && DumpReader.TryReadString(payload, new byte[length]);
            if (!read) refused++;
        }

        Assert.That(refused, Is.GreaterThan(1000));
    }

    [TestCase("0A00", TestName = "No type")]
    [TestCase("00C40A00", TestName = "An unknown encoding")]
    [TestCase("00C00A00", TestName = "A number without its byte")]
    [TestCase("0005610A00", TestName = "A string that is cut off")]
    [TestCase("0081FFFFFFFFFFFFFFFF610A00", TestName = "A huge length")]
    [TestCase("00C30180FFFFFFFF000A00", TestName = "An expansion that no stream can reach")]
    [TestCase("140A00", TestName = "A type of a later version")]
    [TestCase("080A00", TestName = "A type that never was")]
    [TestCase("130101780A00", TestName = "A stream with a node that has no id")]
    public void Malformed_payloads_are_bad_data(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        byte[] payload = new byte[bytes.Length + 8];
        bytes.CopyTo(payload, 0);
        Seal(payload);
        using var harness = new CommandHarness();
        byte[] reply = harness.Execute(["RESTORE"u8.ToArray(), "a"u8.ToArray(), "0"u8.ToArray(), payload]);
        Assert.That(Encoding.Latin1.GetString(reply), Is.EqualTo("-ERR Bad data format\r\n"));
    }

    private static byte[] Payload(byte[] value)
    {
        byte[] payload = new byte[value.Length + DumpWriter.OverheadBytesMax];
        return payload[..DumpWriter.WriteString(value, payload)];
    }

    private static byte[] Spoil(byte[] payload, Random random)
    {
        int body = payload.Length - DumpWriter.FooterBytes;
        for (int i = random.Next(1, 4); i > 0; i--)
            payload[random.Next(Math.Min(body, 12))] = (byte)random.Next(256);
        if (random.Next(4) == 0) payload = [.. payload[..random.Next(1, body + 1)], .. payload[body..]];
        Seal(payload);
        return payload;
    }

    private static void Seal(byte[] payload)
    {
        int end = payload.Length - 8;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(end), Crc64.Compute(payload.AsSpan(0, end)));
    }
}
