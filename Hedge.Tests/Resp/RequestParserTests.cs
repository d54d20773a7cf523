using System.Text;
using Hedge.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

[Category("fast")]
public sealed class RequestParserTests
{
    private static readonly ParserLimits Limits = new();

    [TestCase("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n", "GET|key:000000000042|\nopen 0")]
    [TestCase("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n*1\r\n", "GET|k|\nPING|\nopen 4")]
    [TestCase("*0\r\n\r\n*-1\r\nPING\r\n", "\n\n\nPING|\nopen 0")]
    [TestCase("  SET  k \"a \\x41\\n\\q\" 'it\\'s'\n", "SET|k|a A\nq|it's|\nopen 0")]
    [TestCase("*1\rX$4\rYPINGzz", "PING|\nopen 0")]
    [TestCase("*1\r\n\n\r\n", "error Protocol error: expected '$', got ' '")]
    [TestCase("*1\r\n\u00ff\r\n", "error Protocol error: expected '$', got '\u00ff'")]
    [TestCase("*1\r\n$-1\r\n", "error Protocol error: invalid bulk length")]
    [TestCase("*2147483648\r\n", "error Protocol error: invalid multibulk length")]
    [TestCase("PING \"a\"b\r\n", "error Protocol error: unbalanced quotes in request")]
    public void Requests_are_split_into_their_arguments(string input, string expected)
    {
        Assert.That(Run(input), Is.EqualTo(expected));
    }

    [Test]
    public void A_split_anywhere_makes_no_difference()
    {
        Random random = new(4711);
        List<string> inputs = [.. RequestSamples.Good, .. RequestSamples.Bad, .. RequestSamples.Stuck];
        for (int round = 0; round < 60; round++)
        {
            string[] chosen = random.GetItems(RequestSamples.Good, random.Next(2, 5));
            string last = round % 4 == 0 ? random.GetItems(RequestSamples.Bad, 1)[0] : "";
            inputs.Add(string.Concat(chosen) + last);
        }

        foreach (string input in inputs)
        {
            byte[] bytes = RequestSamples.Bytes(input);
            string whole = Run(bytes, Limits);
            for (int split = 1; split < bytes.Length; split++)
            {
                int second = random.Next(1, bytes.Length);
                Assert.That(Run(bytes, Limits, split), Is.EqualTo(whole), $"split at {split}: {input}");
                Assert.That(Run(bytes, Limits, split, second), Is.EqualTo(whole), input);
            }

            int[] single = Enumerable.Repeat(1, bytes.Length).ToArray();
            Assert.That(Run(bytes, Limits, single), Is.EqualTo(whole), $"byte by byte: {input}");
        }
    }

    [Test]
    public void Good_samples_parse_bad_ones_fail_and_stuck_ones_wait()
    {
        foreach (string input in RequestSamples.Good)
            Assert.That(Run(input), Does.EndWith("open 0"), input);
        foreach (string input in RequestSamples.Bad)
            Assert.That(Run(input), Does.Contain("error Prot"), input);
        foreach (string input in RequestSamples.Stuck)
            Assert.That(Run(input), Does.StartWith("open "), input);
    }

    [TestCase("*", "", "Protocol error: too big mbulk count string")]
    [TestCase("*\0", "", "Protocol error: too big mbulk count string")]
    [TestCase("", "*1\r\n", "Protocol error: too big bulk count string")]
    [TestCase("$", "*2\r\n$4\r\nECHO\r\n", "Protocol error: too big bulk count string")]
    [TestCase("", "", "Protocol error: too big inline request")]
    [TestCase("PING\0\r\n", "", "Protocol error: too big inline request")]
    public void A_line_without_end_may_have_64_KiB(string line, string before, string error)
    {
        string longest = before + line.PadRight(64 * 1024, '1');
        Assert.That(Run(longest), Is.EqualTo($"open {longest.Length}"));
        byte[] longer = RequestSamples.Bytes(longest + "1");
        Assert.That(Run(longer, Limits), Is.EqualTo("error " + error));
        Assert.That(Run(longer, Limits, 1, 5, 7, 60_000, 3000, 2547), Is.EqualTo("error " + error));
    }

    [Test]
    public void An_inline_request_of_64_KiB_is_taken()
    {
        string line = "ECHO " + new string('x', (64 * 1024) - 5);
        Assert.That(Run(line + "\n"), Does.EndWith("|\nopen 0"));
        Assert.That(Run(line + "\r\n"), Does.StartWith("error "));
    }

    [TestCase("*11\r\n", "error Protocol error: unauthenticated multibulk length")]
    [TestCase("*10\r\n", "open 5")]
    [TestCase("*2147483648\r\n", "error Protocol error: invalid multibulk length")]
    [TestCase("*1\r\n$16385\r\n", "error Protocol error: unauthenticated bulk length")]
    [TestCase("*1\r\n$16384\r\n", "open 12")]
    [TestCase("*1\r\n$536870913\r\n", "error Protocol error: invalid bulk length")]
    public void Before_a_login_little_is_accepted(string input, string expected)
    {
        ParserLimits limits = new() { Authenticated = false };
        Assert.That(Run(RequestSamples.Bytes(input), limits), Is.EqualTo(expected));
    }

    [Test]
    public void Limits_hold_for_the_next_length_read()
    {
        ParserLimits limits = new() { ProtoMaxBulkLength = 1024, MultibulkCountMax = 16 };
        Assert.That(Run("*1\r\n$1025\r\n"u8, limits), Is.EqualTo(
            "error Protocol error: invalid bulk length"));
        Assert.That(Run("*17\r\n"u8, limits), Is.EqualTo(
            "error Protocol error: invalid multibulk length"));
        Assert.That(Run("*16\r\n$1024\r\n"u8, limits), Is.EqualTo("open 12"));
        limits.ProtoMaxBulkLength = 2048;
        Assert.That(Run("*1\r\n$1025\r\n"u8, limits), Is.EqualTo("open 11"));
    }

    [Test]
    public void After_an_error_a_parser_says_error_until_it_is_reset()
    {
        RequestParser parser = new(Limits);
        RequestArguments arguments = new();
        Assert.That(parser.Parse("*x\r\n"u8, arguments, out _), Is.EqualTo(ParseStatus.Error));
        Assert.That(parser.Parse("*1\r\n$4\r\nPING\r\n"u8, arguments, out _), Is.EqualTo(ParseStatus.Error));
        parser.Reset();
        ParseStatus status = parser.Parse("*1\r\n$4\r\nPING\r\n"u8, arguments, out int consumed);
        Assert.That(status, Is.EqualTo(ParseStatus.Complete));
        Assert.That(consumed, Is.EqualTo(14));
    }

    [Test]
    public void A_long_argument_says_how_much_room_it_needs()
    {
        RequestParser parser = new(Limits);
        RequestArguments arguments = new();
        ParseStatus status = parser.Parse("*2\r\n$4\r\nECHO\r\n$536870912\r\nab"u8, arguments, out _);
        Assert.That(status, Is.EqualTo(ParseStatus.Incomplete));
        Assert.That(parser.BytesWanted, Is.EqualTo(14 + 12 + 536870912 + 2));
    }

    [Test]
    public void A_million_arguments_are_taken_and_their_memory_is_given_back()
    {
        StringBuilder text = new("*1000000\r\n");
        for (int index = 0; index < 1_000_000; index++)
            text.Append("$1\r\n").Append((char)('a' + index % 26)).Append("\r\n");
        byte[] bytes = RequestSamples.Bytes(text.ToString());
        RequestParser parser = new(Limits);
        RequestArguments arguments = new();
        ParseStatus half = parser.Parse(bytes.AsSpan(0, 3_000_000), arguments, out _);
        Assert.That(half, Is.EqualTo(ParseStatus.Incomplete));
        Assert.That(parser.Parse(bytes, arguments, out int consumed), Is.EqualTo(ParseStatus.Complete));
        Assert.That(consumed, Is.EqualTo(bytes.Length));
        Assert.That(arguments.Count, Is.EqualTo(1_000_000));
        Assert.That((char)arguments.Get(999_999, bytes)[0], Is.EqualTo((char)('a' + 999_999 % 26)));

        parser.Parse("*1\r\n$4\r\nPING\r\n"u8, arguments, out _);
        parser.Parse("*1\r\n$4\r\nPING\r\n"u8, arguments, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++) parser.Parse("*1\r\n$4\r\nPING\r\n"u8, arguments, out _);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero, "a parser allocates nothing");
    }

    [Test]
    public void Going_on_after_a_partial_request_looks_at_no_byte_twice()
    {
        // What was read before is overwritten at each step: looking at it again would go wrong.
        byte[] bulk = new byte[16 * 1024 * 1024];
        StringBuilder small = new("*20001\r\n$4\r\nMSET\r\n");
        string large = "$1000\r\n" + new string('v', 1000) + "\r\n";
        for (int index = 0; index < 20_000; index++) small.Append(index % 3 == 0 ? "$1\r\nk\r\n" : large);
        foreach (byte[] input in new[]
        {
            [.. "*2\r\n$4\r\nECHO\r\n$16777216\r\n"u8, .. bulk, .. "\r\n"u8],
            RequestSamples.Bytes(small.ToString()),
        })
        {
            RequestParser parser = new(Limits);
            RequestArguments arguments = new();
            int given = 0;
            int overwritten = 1;
            ParseStatus status = ParseStatus.Incomplete;
            int consumed = 0;
            while (status == ParseStatus.Incomplete && given < input.Length)
            {
                given = Math.Min(given + 1024, input.Length);
                status = parser.Parse(input.AsSpan(0, given), arguments, out consumed);
                int read = Math.Min(parser.Position, given);
                if (status != ParseStatus.Incomplete || read <= overwritten) continue;
                input.AsSpan(overwritten, read - overwritten).Fill((byte)'!');
                overwritten = read;
            }

            Assert.That(status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(consumed, Is.EqualTo(input.Length));
            Assert.That(parser.BytesExamined, Is.LessThan(input.Length / 50));
        }
    }

    [Test]
    public void A_line_that_comes_byte_by_byte_is_searched_once()
    {
        byte[] line = RequestSamples.Bytes("ECHO " + new string('x', 60_000) + "\r\n");
        RequestParser parser = new(Limits);
        RequestArguments arguments = new();
        for (int given = 1; given < line.Length; given++)
        {
            ParseStatus status = parser.Parse(line.AsSpan(0, given), arguments, out _);
            Assert.That(status, Is.EqualTo(ParseStatus.Incomplete));
        }

        Assert.That(parser.Parse(line, arguments, out _), Is.EqualTo(ParseStatus.Complete));
        Assert.That(parser.BytesExamined, Is.LessThan(3 * line.Length));
    }

    private static string Run(string input) => Run(RequestSamples.Bytes(input), Limits);

    private static string Run(
        ReadOnlySpan<byte> input, ParserLimits limits, params ReadOnlySpan<int> pieces) =>
        ParserDriver.Run(input, limits, pieces);
}
