using System.Buffers.Binary;
using Hedge.Host.Commands.Keys.Payloads;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("diff")]
public sealed class PayloadOracleTests : OracleFixture
{
    // More than a length of two bytes can say.
    private const int PaddingBytes = 20_000;

    [Test]
    public void Payloads_are_the_bytes_that_redis_dumps_and_each_side_restores_the_others()
    {
        Random random = Begin();
        for (int i = 0; i < 4000; i++)
        {
            byte[] value = SampleValues.Next(random, i % 100 == 0 ? 200_000 : 3000);
            string what = $"round {i}: {Convert.ToHexString(value.AsSpan(0, Math.Min(value.Length, 2000)))}";
            Redis.Execute(Bytes("SET"), Bytes("a"), value);
            Hedge.Databases[0].SetString("a"u8, value);
            byte[] theirs = Redis.Execute(Bytes("DUMP"), Bytes("a"));
            byte[] ours = Hedge.Execute("DUMP", "a");
            Assert.That(ours.AsSpan().SequenceEqual(theirs), what);
            if (i % 4 > 0) continue;
            AssertSame([Bytes("RESTORE"), Bytes("b"), Bytes("0"), Body(theirs), Bytes("REPLACE")], what);
            AssertSame([Bytes("GET"), Bytes("b")], what);
            AssertSame([Bytes("OBJECT"), Bytes("ENCODING"), Bytes("b")], what);
        }
    }

    [Test]
    public void Spoiled_payloads_are_refused_or_read_as_redis_does()
    {
        Random random = Begin();
        for (int i = 0; i < 3000; i++)
        {
            byte[] payload = Spoil(SampleValues.Next(random, 100), random);
            string what = $"round {i}: {Convert.ToHexString(payload.AsSpan(0, 40))}";
            AssertSame([Bytes("RESTORE"), Bytes("b"), Bytes("0"), payload, Bytes("REPLACE")], what);
            AssertSame([Bytes("GET"), Bytes("b")], what);
        }
    }

    private Random Begin()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        Reset(2);
        return new Random(seed);
    }

    private void AssertSame(byte[][] command, string what)
    {
        if (SameReply(command, out string difference)) return;
        Assert.Fail($"{what}\n{difference[^Math.Min(difference.Length, 500)..]}");
    }

    // The bulk string's content.
    private static byte[] Body(byte[] reply) => reply[(reply.AsSpan().IndexOf("\r\n"u8) + 2)..^2];

    // Damage to the head; the type stays "string"; versions vary; most checksums are made right again. The
    // padding keeps wrong lengths from reaching the footer: Redis would take its bytes for a part of the
    // string, Hedge refuses that.
    private static byte[] Spoil(byte[] value, Random random)
    {
        byte[] buffer = new byte[value.Length + DumpWriter.OverheadBytesMax];
        byte[] payload = buffer[..DumpWriter.WriteString(value, buffer)];
        int body = payload.Length - DumpWriter.FooterBytes;
        for (int i = random.Next(1, 4); i > 0; i--)
            payload[random.Next(1, Math.Min(body, 12))] = (byte)random.Next(256);
        // Version 11 is Redis 7.2's: this one refuses it.
        int version = random.Next(14);
        if (random.Next(10) == 0) payload[body] = (byte)(version == 11 ? 12 : version);
        payload = [.. payload[..body], .. new byte[PaddingBytes], .. payload[body..]];
        Span<byte> checksum = payload.AsSpan(^8..);
        ulong right = Crc64.Compute(payload.AsSpan(..^8));
        if (random.Next(10) > 0) BinaryPrimitives.WriteUInt64LittleEndian(checksum, right);
        return payload;
    }
}
