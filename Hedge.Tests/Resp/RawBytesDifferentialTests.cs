using System.Buffers;
using System.Globalization;
using System.Text;
using Hedge.Resp;
using Hedge.Resp.Clients;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

/// <summary>
/// Bytes as no client sends them, to redis-server and to our parser with a server of two commands behind it:
/// the bytes that come back must be the same, and so must be whether the connection was closed for an error.
/// </summary>
[Category("diff")]
public sealed class RawBytesDifferentialTests
{
    // Shows where the server thinks a request starts, and that it goes on after an odd one.
    private static readonly byte[] Probe = "*2\r\n$4\r\nECHO\r\n$9\r\nthe probe\r\n"u8.ToArray();

    [Test]
    public async Task Odd_bytes_get_the_answers_Redis_gives()
    {
        using RedisOracle redis = await RedisOracle.StartAsync();
        List<byte[]> inputs = Inputs();
        Assert.That(inputs, Has.Count.GreaterThan(1000));
        await Compare(redis.Port, new ParserLimits(), inputs, authenticated: true);
    }

    [Test]
    public async Task Odd_bytes_before_a_login_get_the_answers_Redis_gives()
    {
        using RedisOracle redis = await RedisOracle.StartAsync("--requirepass", "secret");
        List<byte[]> inputs = Inputs();
        foreach (string text in (string[])["*10\r\n", "*11\r\n", "*2147483647\r\n", "*2147483648\r\n",
            "*1\r\n$16384\r\n", "*1\r\n$16385\r\n", "*1\r\n$536870912\r\n", "*1\r\n$536870913\r\n",
            "*-11\r\n", "*11", "*1\r\n$16385"])
            inputs.Add(RequestSamples.Bytes(text));
        await Compare(redis.Port, new ParserLimits { Authenticated = false }, inputs, authenticated: false);
    }

    [Test]
    public async Task Numbers_are_those_of_Redis_and_no_longer()
    {
        using RedisOracle redis = await RedisOracle.StartAsync();
        await using TestConnection connection = await TestConnection.ConnectAsync(redis.Port);
        Random random = new(99);
        // A sorted set stores a negative zero as zero, so that one cannot be asked for.
        List<double> values = [0, 0.1, 1e16, 1e17, 1e18, 123456789012345678, 0.0001, 0.00001,
            5e-324, double.MaxValue, double.Epsilon, 1.0 / 3, 100, -2.5, double.PositiveInfinity,
            double.NegativeInfinity];
        while (values.Count < 500)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsNaN(value)) values.Add(value);
        }

        RespWriter writer = new();
        foreach (int protocol in (int[])[2, 3])
        {
            await connection.CallAsync("HELLO", $"{protocol}");
            foreach (double value in values)
            {
                string text = double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf") : $"{value:R}";
                await connection.CallAsync("DEL", "z");
                await connection.CallAsync("ZADD", "z", text, "m");
                RespValue expected = await connection.CallAsync("ZSCORE", "z", "m");
                ArrayBufferWriter<byte> output = new();
                writer.Reset(output, protocol);
                writer.Double(value);
                RespReader reader = new(new ReadOnlySequence<byte>(output.WrittenMemory));
                reader.TryRead(out RespValue? actual);
                Assert.That(actual!.Kind, Is.EqualTo(expected.Kind), text);
                Assert.That(Number(actual), Is.EqualTo(Number(expected)), text);
                Assert.That(actual.Text, Has.Length.LessThanOrEqualTo(expected.Text.Length), text);
            }
        }
    }

    private static double Number(RespValue value) => value.Text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(value.Text, CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// The samples alone, cut off, with a byte of every interesting kind in every place, and mutations.
    /// </summary>
    private static List<byte[]> Inputs()
    {
        List<byte[]> inputs = [];
        string[] samples = [.. RequestSamples.Good, .. RequestSamples.Bad, .. RequestSamples.Stuck];
        foreach (string sample in samples) inputs.Add(RequestSamples.Bytes(sample));
        string[] starts = ["*", "*1\r\n$", "*2\r\n$4\r\nPING\r\n$", "", "*1\r\n", "P '", "*\0"];
        foreach (string before in starts)
        {
            inputs.Add(RequestSamples.Bytes(before.PadRight(before.Length + 65_536, '1')));
            inputs.Add(RequestSamples.Bytes(before.PadRight(65_536, '1')));
            inputs.Add(RequestSamples.Bytes(before.PadRight(65_537, '1')));
        }

        foreach (string number in (string[])["2147483647", "2147483648", "1048576", "1048577", "536870912",
            "536870913", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "18446744073709551617",
            "000", "1e3"])
        {
            inputs.Add(RequestSamples.Bytes($"*{number}\r\n"));
            inputs.Add(RequestSamples.Bytes($"*1\r\n${number}\r\n"));
        }

        for (int value = 0; value < 256; value++)
        {
            inputs.Add([.. "*1\r\n"u8, (byte)value, .. "4\r\nPING\r\n"u8]);
            inputs.Add([.. "*1"u8, (byte)value, .. "\r\n$4\r\nPING\r\n"u8]);
            inputs.Add([.. "ECHO a"u8, (byte)value, .. "b\r\n"u8]);
            inputs.Add([.. "ECHO \"\\"u8, (byte)value, .. "41\"\r\n"u8]);
        }

        Random random = new(20240607);
        byte[] letters = "*$\r\n\0 019-\"'\\x\va"u8.ToArray();
        string[] seeds = samples.Where(sample => sample.Length < 100).ToArray();
        for (int input = 0; input < 1500; input++)
        {
            byte[] bytes = RequestSamples.Bytes(string.Concat(random.GetItems(seeds, random.Next(1, 3))));
            for (int change = random.Next(1, 3); change > 0; change--)
                bytes[random.Next(bytes.Length)] = letters[random.Next(letters.Length)];
            inputs.Add(bytes);
        }

        return inputs;
    }

    private static async Task Compare(int port, ParserLimits limits, List<byte[]> inputs, bool authenticated)
    {
        // What Redis hands to a command and what it refuses depend on more than the parser for
        // other commands.
        int compared = 0;
        int errors = 0;
        foreach (byte[] input in inputs)
        {
            // What Redis says of a line beyond 64 KiB depends on how much it read at once if the
            // line ends at last.
            byte[] bytes = input.Length > 60_000 ? input : [.. input, .. Probe];
            if (!TryAnswer(bytes, limits, authenticated, out byte[] expected, out bool closed)) continue;
            await using TestConnection connection = await TestConnection.ConnectAsync(port);
            connection.SendRaw(bytes);

            // The server closes when it has answered everything: for our end of the stream, or
            // before, for an error.
            if (!closed) connection.EndSending();
            ReadOnlyMemory<byte> actual = await connection.ReadToEndAsync();
            string shown = Encoding.Latin1.GetString(input.AsSpan(0, Math.Min(input.Length, 200)));
            string answer = Encoding.Latin1.GetString(actual.Span);
            Assert.That(answer, Is.EqualTo(Encoding.Latin1.GetString(expected)), shown);
            compared++;
            if (closed) errors++;
        }

        TestContext.Out.WriteLine($"{compared} of {inputs.Count} compared, {errors} of them protocol errors");
        Assert.That(compared, Is.GreaterThan(inputs.Count * 3 / 4));
        Assert.That(errors, Is.GreaterThan(300));
    }

    /// <summary>
    /// What a server of ECHO and PING answers; false when the requests name what it cannot answer.
    /// </summary>
    private static bool TryAnswer(
        byte[] bytes, ParserLimits limits, bool authenticated, out byte[] answer, out bool closed)
    {
        ArrayBufferWriter<byte> output = new();
        RespWriter writer = new();
        writer.Reset(output, 2);
        RequestParser parser = new(limits);
        RequestArguments arguments = new();
        closed = false;
        bool known = true;
        int start = 0;
        while (known && start < bytes.Length && !closed)
        {
            ReadOnlySpan<byte> input = bytes.AsSpan(start);
            ParseStatus status = parser.Parse(input, arguments, out int consumed);
            if (status == ParseStatus.Incomplete) break;
            closed = status == ParseStatus.Error;
            if (closed) writer.Error([.. "ERR "u8, .. parser.ErrorBytes.Span]);
            else known = arguments.Count == 0 || Execute(writer, arguments, input, authenticated);
            start += consumed;
        }

        answer = output.WrittenSpan.ToArray();
        return known;
    }

    private static bool Execute(
        RespWriter writer, RequestArguments arguments, ReadOnlySpan<byte> input, bool authenticated)
    {
        ReadOnlySpan<byte> name = arguments.Get(0, input);
        bool echo = System.Text.Ascii.EqualsIgnoreCase(name, "ECHO"u8);
        bool ping = System.Text.Ascii.EqualsIgnoreCase(name, "PING"u8);
        if (!echo && !ping) return TryRefuse(writer, arguments, input);
        if (echo && arguments.Count != 2)
            writer.Error("ERR wrong number of arguments for 'echo' command");
        else if (!authenticated)
            writer.Error("NOAUTH Authentication required.");
        else if (arguments.Count > 2)
            writer.Error("ERR wrong number of arguments for 'ping' command");
        else if (arguments.Count == 2)
            writer.Bulk(arguments.Get(1, input));
        else
            writer.SimpleString("PONG");
        return true;
    }

    /// <summary>
    /// The error for a name that is surely no command: it shows every argument as it was understood.
    /// </summary>
    private static bool TryRefuse(RespWriter writer, RequestArguments arguments, ReadOnlySpan<byte> input)
    {
        ReadOnlySpan<byte> name = arguments.Get(0, input);
        foreach (byte letter in name)
            if (char.IsAsciiLetter((char)letter) && !name.StartsWith("PI"u8) && !name.StartsWith("ECH"u8))
                return false;

        StringBuilder shown = new();
        for (int index = 1; index < arguments.Count && shown.Length < 128; index++)
            shown.Append(Show(arguments.Get(index, input), 128 - shown.Length)).Append(' ');
        string text = $"ERR unknown command '{Show(name, 128)[1..^1]}', with args beginning with: {shown}";
        writer.Error(Encoding.Latin1.GetBytes(text));
        return true;

        // C strings: they end at a NUL.
        static string Show(ReadOnlySpan<byte> bytes, int max)
        {
            bytes = bytes[..Math.Min(bytes.Length, max)];
            int end = bytes.IndexOf((byte)0);
            return $"'{Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end])}'";
        }
    }
}
