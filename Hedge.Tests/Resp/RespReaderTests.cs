using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Hedge.Resp;
using Hedge.Resp.Clients;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

[Category("fast")]
public sealed class RespReaderTests
{
    private const string EveryType =
        "*17\r\n+OK\r\n-ERR x\r\n:-5\r\n$3\r\na\"\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n#f\r\n,1.5\r\n"
        + ",inf\r\n(123\r\n=7\r\ntxt:abc\r\n!5\r\nERR y\r\n%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n"
        + "~1\r\n:7\r\n|1\r\n+ttl\r\n:9\r\n>1\r\n+m\r\n";

    [Test]
    public void Every_type_is_read_and_shown_as_redis_cli_shows_it()
    {
        RespValue value = Read(EveryType);
        Assert.That(value[16].Attributes, Is.EqualTo(Read("%1\r\n+ttl\r\n:9\r\n")));
        Assert.That(value.ToString(), Is.EqualTo("""
             1) OK
             2) (error) ERR x
             3) (integer) -5
             4) "a\"\n"
             5) (nil)
             6) (nil)
             7) (nil)
             8) (true)
             9) (false)
            10) (double) 1.5
            11) (double) inf
            12) (big number) 123
            13) abc
            14) (error) ERR y
            15) 1# k => 1) (integer) 1
                   2) (integer) 2
            16) 1~ (integer) 7
            17) 1) m
            """));
        Assert.That(Read("*0\r\n").ToString(), Is.EqualTo("(empty array)"));
    }

    [Test]
    public void A_reader_moves_only_when_a_reply_is_complete()
    {
        byte[] bytes = RequestSamples.Bytes(EveryType);
        for (int length = 0; length < bytes.Length; length++)
        {
            RespReader reader = new(new ReadOnlySequence<byte>(bytes, 0, length));
            Assert.That(reader.TryRead(out _), Is.False);
            Assert.That(reader.Consumed, Is.Zero);
        }
    }

    [TestCase("x\r\n")]
    [TestCase(":1x\r\n")]
    [TestCase("$-2\r\n")]
    [TestCase("$1\r\nabc")]
    [TestCase("%-1\r\n")]
    [TestCase("#x\r\n")]
    [TestCase(",x\r\n")]
    [TestCase("=2\r\nab\r\n")]
    public void What_is_no_reply_is_refused(string text)
    {
        Assert.That(() => Read(text), Throws.TypeOf<RespProtocolException>());
    }

    [Test]
    public void A_reply_nested_without_end_is_refused()
    {
        string text = string.Concat(Enumerable.Repeat("*1\r\n", 10_000));
        Assert.That(() => Read(text + ":1\r\n"), Throws.TypeOf<RespProtocolException>());
    }

    [Test]
    public async Task Replies_come_through_a_pipe_in_pieces_of_any_size()
    {
        byte[] bytes = RequestSamples.Bytes(EveryType + "$-1\r\n" + EveryType);
        RespValue expected = Read(EveryType);
        for (int piece = 1; piece < bytes.Length; piece += piece < 20 ? 1 : 37)
        {
            Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
            Task feeding = FeedAsync(pipe.Writer, bytes, piece);
            RespPipeReader reader = new(pipe.Reader);
            Assert.That(await reader.ReadAsync(), Is.EqualTo(expected));
            Assert.That((await reader.ReadAsync()).Kind, Is.EqualTo(RespKind.NullBulk));
            Assert.That(await reader.ReadAsync(), Is.EqualTo(expected));
            Assert.That(async () => await reader.ReadAsync(), Throws.TypeOf<EndOfStreamException>());
            await feeding;
        }
    }

    [Test]
    public async Task Requests_come_through_a_pipe_in_pieces_of_any_size()
    {
        ArrayBufferWriter<byte> output = new();
        RequestWriter.Write(output, "SET", "key", new string('v', 10_000));
        output.Write("\r\n*0\r\nPING 'a b'\r\n"u8);
        RequestWriter.Write(output, [new ReadOnlyMemory<byte>([0, 13, 10])]);
        output.Write("*x\r\n"u8);
        for (int piece = 1; piece < 12_000; piece += piece < 10 ? 1 : 777)
        {
            Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
            Task feeding = FeedAsync(pipe.Writer, output.WrittenMemory, piece);
            RequestPipeReader reader = new(pipe.Reader, new ParserLimits());
            Assert.That(await reader.ReadAsync(), Is.True);
            Assert.That(reader.Count, Is.EqualTo(3));
            Assert.That(reader.Get(2).Length, Is.EqualTo(10_000));
            Assert.That(reader.Get(1).SequenceEqual("key"u8), Is.True);
            Assert.That(await reader.ReadAsync(), Is.True);
            Assert.That(Encoding.ASCII.GetString(reader.Get(1)), Is.EqualTo("a b"));
            Assert.That(await reader.ReadAsync(), Is.True);
            Assert.That(reader.Get(0).SequenceEqual("\0\r\n"u8), Is.True);
            Assert.That(await reader.ReadAsync(), Is.False);
            Assert.That(reader.ErrorText, Is.EqualTo("Protocol error: invalid multibulk length"));
            await feeding;
        }
    }

    private static async Task FeedAsync(PipeWriter writer, ReadOnlyMemory<byte> bytes, int piece)
    {
        for (int start = 0; start < bytes.Length; start += piece)
        {
            await writer.WriteAsync(bytes.Slice(start, Math.Min(piece, bytes.Length - start)));
            await Task.Yield();
        }

        await writer.CompleteAsync();
    }

    private static RespValue Read(string text)
    {
        RespReader reader = new(new ReadOnlySequence<byte>(RequestSamples.Bytes(text)));
        Assert.That(reader.TryRead(out RespValue? value), Is.True);
        return value!;
    }
}
