using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Hedge.Resp;
using Hedge.Resp.Clients;
using Hedge.Storage;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

/// <summary>
/// What reading a request from a pipe costs: by <see cref="RequestPipeReader"/>, and in place as a core's
/// batch does it. Prints nanoseconds and allocated bytes per request; run it by its full name.
/// </summary>
[TestFixture]
[Explicit("A measurement, to be run on a quiet machine and in a Release build.")]
public sealed class RequestReadingBenchmark
{
    private const int Rounds = 5;
    private const int RequestsPerRound = 1_000_000;

    [TestCase(1)]
    [TestCase(16)]
    [TestCase(64)]
    public async Task Pipe_reader_and_batch_take_turns(int depth)
    {
        ArrayBufferWriter<byte> requests = new();
        for (int i = 0; i < depth; i++)
            RequestWriter.Write(requests, "SET", "key:000000123456", new string('v', 100));
        await ByReaderAsync(requests.WrittenMemory, depth, RequestsPerRound / 10);
        await InPlaceAsync(requests.WrittenMemory, depth, RequestsPerRound / 10);
        for (int round = 0; round < Rounds; round++)
        {
            string reader = await ByReaderAsync(requests.WrittenMemory, depth, RequestsPerRound);
            string batch = await InPlaceAsync(requests.WrittenMemory, depth, RequestsPerRound);
            TestContext.Out.WriteLine($"depth {depth}: RequestPipeReader {reader}; in place {batch}");
        }
    }

    /// <summary>As a session on it would: the read is under way when the bytes come.</summary>
    private static async Task<string> ByReaderAsync(ReadOnlyMemory<byte> bytes, int depth, int count)
    {
        Pipe pipe = InlinePipe();
        RequestPipeReader reader = new(pipe.Reader, new ParserLimits());
        Meter meter = new(count);
        long sum = 0;
        ValueTask<bool> read = reader.ReadAsync();
        for (int done = 0; done < count; done += depth)
        {
            await pipe.Writer.WriteAsync(bytes);
            for (int i = 0; i < depth; i++)
            {
                Invariant.Check(read.IsCompleted && await read, "inline");
                sum += reader.Get(2).Length;
                read = reader.ReadAsync();
            }
        }

        string figures = meter.Stop();
        Assert.That(sum, Is.GreaterThanOrEqualTo(100L * count));
        return figures;
    }

    private static async Task<string> InPlaceAsync(ReadOnlyMemory<byte> bytes, int depth, int count)
    {
        Pipe pipe = InlinePipe();
        RequestParser parser = new(new ParserLimits());
        RequestArguments arguments = new();
        Meter meter = new(count);
        long sum = 0;
        for (int done = 0; done < count; done += depth)
        {
            ValueTask<ReadResult> read = pipe.Reader.ReadAsync();
            await pipe.Writer.WriteAsync(bytes);
            ReadOnlySequence<byte> lent = (await read).Buffer;
            sum += ParseAll(lent.FirstSpan, parser, arguments);
            pipe.Reader.AdvanceTo(lent.End);
        }

        string figures = meter.Stop();
        Assert.That(sum, Is.GreaterThanOrEqualTo(100L * count));
        return figures;
    }

    private static long ParseAll(ReadOnlySpan<byte> input, RequestParser parser, RequestArguments arguments)
    {
        long sum = 0;
        while (!input.IsEmpty)
        {
            ParseStatus status = parser.Parse(input, arguments, out int consumed);
            Invariant.Check(status == ParseStatus.Complete, "whole requests");
            sum += arguments.Get(2, input).Length;
            input = input[consumed..];
        }

        return sum;
    }

    // One segment holds a turn's bytes, as a receive of them does.
    private static Pipe InlinePipe() => new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        minimumSegmentSize: 16 * 1024,
        useSynchronizationContext: false));

    private sealed class Meter(int count)
    {
        private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);
        private readonly long _start = Stopwatch.GetTimestamp();

        public string Stop()
        {
            double nanoseconds = Stopwatch.GetElapsedTime(_start).TotalNanoseconds / count;
            double bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - _allocated) / count;
            return $"{nanoseconds:F0} ns, {bytes:F1} B";
        }
    }
}
