using System.Buffers;
using System.Text;
using Hedge.Resp;
using Hedge.Resp.Clients;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

[Category("fast")]
public sealed class RespWriterTests
{
    private static readonly long[] Integers =
        [0, 1, 9, 10, 11, 99, 100, 999, 1000, 9999, 10_000, 99_999, 1L << 31, 1L << 62, long.MaxValue];

    private static readonly double[] Doubles =
        [0, -0.0, 1, -2.5, 0.1, 1e16, 1e17, 5e-324, double.PositiveInfinity, double.NegativeInfinity];

    [TestCase(2, "$-1\r\n*-1\r\n*2\r\n*4\r\n*2\r\n*3\r\n:1\r\n:0\r\n$3\r\n0.5\r\n$2\r\n12\r\n$4\r\ntext\r\n")]
    [TestCase(3, "_\r\n_\r\n*2\r\n%2\r\n~2\r\n>3\r\n#t\r\n#f\r\n,0.5\r\n(12\r\n=8\r\ntxt:text\r\n")]
    public void Each_protocol_has_its_own_bytes(int protocol, string expected)
    {
        string actual = Write(protocol, writer =>
        {
            writer.Null();
            writer.NullArray();
            writer.ArrayHeader(2);
            writer.MapHeader(2);
            writer.SetHeader(2);
            writer.PushHeader(3);
            writer.Boolean(true);
            writer.Boolean(false);
            writer.Double(0.5);
            writer.BigNumber("12"u8);
            writer.Verbatim("txt", "text"u8);
        });
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void Attributes_are_for_RESP3_alone()
    {
        bool written = true;
        Assert.That(Write(2, writer => written = writer.AttributeHeader(1)), Is.Empty);
        Assert.That(written, Is.False);
        Assert.That(Write(3, writer => written = writer.AttributeHeader(1)), Is.EqualTo("|1\r\n"));
        Assert.That(written, Is.True);
    }

    [Test]
    public void A_line_end_in_an_error_becomes_a_space()
    {
        Assert.That(Write(2, writer => writer.Error("ERR a\r\nb\nc\r\n")), Is.EqualTo("-ERR a  b c\r\n"));
        Assert.That(Write(2, writer => writer.Error("ERR \u00e4")), Is.EqualTo("-ERR \u00c3\u00a4\r\n"));
    }

    [Test]
    public void Integers_are_written_as_the_base_library_writes_them()
    {
        Random random = new(5);
        List<long> values = [.. Integers, .. Integers.Select(value => -value), long.MinValue];
        for (int bits = 0; bits < 64; bits++) values.Add(random.NextInt64() >> bits);
        foreach (long value in values)
        {
            Assert.That(Write(2, writer => writer.Integer(value)), Is.EqualTo($":{value}\r\n"));
            string text = $"{value}";
            string bulk = Write(3, writer => writer.BulkInteger(value));
            Assert.That(bulk, Is.EqualTo($"${text.Length}\r\n{text}\r\n"));
            Assert.That(RespInteger.TryParse(Encoding.ASCII.GetBytes(text), out long parsed), Is.True);
            Assert.That(parsed, Is.EqualTo(value));
        }
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("+1")]
    [TestCase("01")]
    [TestCase("-0")]
    [TestCase(" 1")]
    [TestCase("1 ")]
    [TestCase("1x")]
    [TestCase("9223372036854775808")]
    [TestCase("-9223372036854775809")]
    [TestCase("18446744073709551617")]
    [TestCase("99999999999999999999")]
    public void Only_the_one_spelling_of_an_integer_is_accepted(string text)
    {
        Assert.That(RespInteger.TryParse(Encoding.ASCII.GetBytes(text), out _), Is.False);
    }

    [TestCase(2)]
    [TestCase(3)]
    public void What_is_written_is_what_is_read(int protocol)
    {
        foreach (double number in Doubles)
        {
            RespValue read = Read(protocol, writer => writer.Double(number));
            Assert.That(read.Kind, Is.EqualTo(protocol == 2 ? RespKind.Bulk : RespKind.Double));
            if (protocol == 3) Assert.That(read.Double, Is.EqualTo(number));
        }

        RespValue value = Read(protocol, WriteEverything);
        RespKind map = protocol == 2 ? RespKind.Array : RespKind.Map;
        Assert.That(value.Kind, Is.EqualTo(RespKind.Array));
        Assert.That(value.Children, Has.Count.EqualTo(9));
        Assert.That(value[0], Is.EqualTo(RespValue.OfText(RespKind.SimpleString, "OK")));
        Assert.That(value[1], Is.EqualTo(RespValue.OfText(RespKind.Error, "ERR no")));
        Assert.That(value[2], Is.EqualTo(RespValue.OfInteger(-42)));
        Assert.That(value[3], Is.EqualTo(RespValue.OfText(RespKind.Bulk, "a\r\n\0b")));
        Assert.That(value[4].IsNull && value[5].IsNull, Is.True);
        Assert.That(value[6], Is.EqualTo(RespValue.OfChildren(map,
            [RespValue.OfText(RespKind.Bulk, "k"), RespValue.OfChildren(RespKind.Array, [])])));
        Assert.That(value[7].Kind, Is.EqualTo(protocol == 2 ? RespKind.Array : RespKind.Set));
        Assert.That(value[8], Is.EqualTo(protocol == 2
            ? RespValue.OfText(RespKind.Bulk, "hello") : RespValue.OfVerbatim("mkd", "hello"u8.ToArray())));
        Assert.That(value, Is.EqualTo(Read(protocol, WriteEverything)));
        Assert.That(value, Is.Not.EqualTo(Read(protocol, writer => writer.Ok())));
    }

    [Test]
    public void Deferred_lengths_give_the_same_bytes_as_known_ones()
    {
        string expected = Write(3, writer =>
        {
            writer.ArrayHeader(3);
            writer.Integer(1);
            writer.MapHeader(1);
            writer.BulkAscii("key");
            writer.SetHeader(2);
            writer.Integer(2);
            writer.Integer(3);
            writer.Integer(4);
        });
        string actual = Write(3, writer =>
        {
            writer.BeginDeferred();
            writer.Integer(1);
            writer.BeginDeferred();
            writer.BulkAscii("key");
            writer.BeginDeferred();
            writer.Integer(2);
            writer.Integer(3);
            writer.EndDeferred(ReplyAggregate.Set, 2);
            writer.EndDeferred(ReplyAggregate.Map, 1);
            writer.Integer(4);
            writer.EndDeferred(ReplyAggregate.Array, 3);
        });
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void A_long_bulk_goes_into_a_buffer_of_small_pieces()
    {
        byte[] value = new byte[5_000_000];
        new Random(1).NextBytes(value);
        PiecewiseBuffer buffer = new();
        RespWriter writer = new();
        writer.Reset(buffer, 2);
        writer.Bulk(value);
        writer.Ok();
        byte[] expected = [.. "$5000000\r\n"u8, .. value, .. "\r\n+OK\r\n"u8];
        Assert.That(buffer.Written.AsSpan().SequenceEqual(expected), Is.True);
    }

    [Test]
    public void Replies_of_usual_size_allocate_nothing()
    {
        ArrayBufferWriter<byte> output = new(4096);
        RespWriter writer = new();
        byte[] value = new byte[64];
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int reply = 0; reply < 1000; reply++)
            {
                output.ResetWrittenCount();
                writer.Reset(output, 3);
                writer.Bulk(value);
                writer.Integer(reply);
                writer.Double(reply / 7.0);
                writer.MapHeader(2);
                writer.Error("ERR no");
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero, "bytes in the best round: the compiler allocates in some");
    }

    private static void WriteEverything(RespWriter writer)
    {
        writer.ArrayHeader(9);
        writer.Ok();
        writer.Error("ERR no"u8);
        writer.Integer(-42);
        writer.Bulk("a\r\n\0b"u8);
        writer.Null();
        writer.NullArray();
        writer.MapHeader(1);
        writer.BulkAscii("k");
        writer.ArrayHeader(0);
        writer.SetHeader(2);
        writer.Boolean(true);
        writer.BigNumber("123456789012345678901234567890"u8);
        writer.Verbatim("mkd", "hello"u8);
    }

    private static string Write(int protocol, Action<RespWriter> write)
    {
        ArrayBufferWriter<byte> output = new();
        RespWriter writer = new();
        writer.Reset(output, protocol);
        write(writer);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static RespValue Read(int protocol, Action<RespWriter> write)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Write(protocol, write));
        RespReader reader = new(new ReadOnlySequence<byte>(bytes));
        Assert.That(reader.TryRead(out RespValue? value), Is.True);
        Assert.That(reader.Consumed, Is.EqualTo(bytes.Length));
        return value!;
    }

    /// <summary>Gives what is asked for and never a byte more, and at most 1 MiB.</summary>
    private sealed class PiecewiseBuffer : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _piece = [];

        public byte[] Written => [.. _written];

        public void Advance(int count) => _written.AddRange(_piece.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Assert.That(sizeHint, Is.LessThanOrEqualTo(1024 * 1024));
            return _piece = new byte[Math.Max(1, sizeHint)];
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
