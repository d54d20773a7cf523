using Hedge.Resp;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

[Category("fast")]
public sealed class RequestParserFuzzTests
{
    private static readonly int Inputs = SimCounts.Times(10_000_000);

    [Test]
    public void Millions_of_mutated_inputs_never_confuse_the_parser()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[][] samples = RequestSamples.Good.Concat(RequestSamples.Bad).Concat(RequestSamples.Stuck)
            .Where(sample => sample.Length < 200).Select(RequestSamples.Bytes).ToArray();
        byte[] letters = "*$\r\n\0 0123456789-+\"'\\x\t\vA\xff"u8.ToArray();
        ParserLimits[] limits = [new(), new() { Authenticated = false, ProtoMaxBulkLength = 1024 }];
        RequestArguments arguments = new();
        byte[] buffer = new byte[2048];
        using GuardedBytes guarded = new();
        int errors = 0;
        int requests = 0;
        for (int input = 0; input < Inputs; input++)
        {
            int length = Compose(random, samples, letters, buffer);
            (int found, bool error) = Feed(
                random, limits[input % 2], arguments, buffer.AsSpan(0, length), guarded);
            requests += found;
            if (error) errors++;
        }

        Figures.Count("parser-inputs", ("inputs", Inputs), ("seed", seed), ("requests", requests),
            ("confused", 0));
        Assert.That(requests, Is.GreaterThan(Inputs / 4));
        Assert.That(errors, Is.InRange(Inputs / 20, Inputs * 19 / 20));
    }

    /// <summary>Up to three samples with a few changes each: bytes set, left out, doubled, cut off.</summary>
    private static int Compose(Random random, byte[][] samples, byte[] letters, byte[] buffer)
    {
        int length = 0;
        for (int sample = random.Next(1, 4); sample > 0; sample--)
        {
            byte[] chosen = samples[random.Next(samples.Length)];
            chosen.CopyTo(buffer, length);
            length += chosen.Length;
        }

        for (int change = random.Next(0, 4); change > 0 && length > 1; change--)
        {
            int at = random.Next(length);
            switch (random.Next(5))
            {
                case 0: buffer[at] = letters[random.Next(letters.Length)]; break;
                case 1: buffer[at] = (byte)random.Next(256); break;
                case 2: buffer.AsSpan(at + 1, --length - at).CopyTo(buffer.AsSpan(at)); break;
                case 3: buffer.AsSpan(at, length++ - at).CopyTo(buffer.AsSpan(at + 1)); break;
                default: if (random.Next(3) == 0) length = at + 1; break;
            }
        }

        return length;
    }

    private static (int Requests, bool Error) Feed(
        Random random, ParserLimits limits, RequestArguments arguments, ReadOnlySpan<byte> bytes,
        GuardedBytes guarded)
    {
        RequestParser parser = new(limits);
        int start = 0;
        int requests = 0;
        int given = random.Next(2) == 0 ? bytes.Length : random.Next(1, bytes.Length + 1);
        while (true)
        {
            ReadOnlySpan<byte> input = guarded.Copy(bytes[start..given]);
            ParseStatus status = parser.Parse(input, arguments, out int consumed);
            if (status == ParseStatus.Error) return (requests, true);
            if (status == ParseStatus.Complete)
            {
                CheckRequest(arguments, input, consumed);
                start += consumed;
                requests++;
                continue;
            }

            if (parser.BytesWanted <= input.Length) Assert.Fail("it waits for what it has");
            if (given == bytes.Length) return (requests, false);
            given = random.Next(given + 1, bytes.Length + 1);
        }
    }

    private static void CheckRequest(RequestArguments arguments, ReadOnlySpan<byte> input, int consumed)
    {
        if (consumed < 1 || consumed > input.Length) Assert.Fail($"consumed {consumed} of {input.Length}");
        int limit = arguments.IsScratch ? Math.Min(arguments.Scratch.Length, consumed) : consumed;
        int last = 0;
        foreach (ArgumentRange range in arguments.Ranges)
        {
            if (range.Length < 0 || range.Offset < last || range.Offset + range.Length > limit)
                Assert.Fail($"{range} lies outside of the request");
            last = range.Offset + range.Length;
        }
    }
}
