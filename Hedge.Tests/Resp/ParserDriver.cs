using System.Text;
using Hedge.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Resp;

/// <summary>Runs the parser over bytes as a connection does and writes down what it found.</summary>
internal static class ParserDriver
{
    /// <summary>One line per request, and how it ended.</summary>
    public static string Run(ReadOnlySpan<byte> bytes, ParserLimits limits, params ReadOnlySpan<int> pieces)
    {
        RequestParser parser = new(limits);
        // Shared with another connection, which is always in the middle of a request.
        RequestArguments arguments = new();
        RequestParser other = new(limits);
        byte[] otherBytes = "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"u8.ToArray();
        StringBuilder text = new();
        int start = 0;
        int given = 0;
        int wanted = 0;
        int piece = 0;
        while (true)
        {
            given = piece < pieces.Length ? Math.Min(bytes.Length, given + pieces[piece++]) : bytes.Length;
            while (start < given)
            {
                other.Reset();
                other.Parse(otherBytes.AsSpan(0, 16), arguments, out _);

                // A copy at a new address each time, of exactly the bytes received.
                byte[] input = bytes[start..given].ToArray();
                ParseStatus status = parser.Parse(input, arguments, out int consumed);
                if (status == ParseStatus.Error)
                {
                    Assert.That(consumed, Is.Zero);
                    return text.Append("error ").Append(parser.ErrorText).ToString();
                }

                if (status == ParseStatus.Incomplete)
                {
                    Assert.That(consumed, Is.Zero);
                    Assert.That(parser.BytesWanted, Is.GreaterThan(input.Length));
                    Assert.That(parser.Position, Is.InRange(0, (long)input.Length + (1L << 30)));
                    wanted = parser.BytesWanted;
                    break;
                }

                Assert.That(wanted, Is.LessThanOrEqualTo(input.Length), "it asked for more than it needs");
                wanted = 0;
                Assert.That(consumed, Is.InRange(1, input.Length));
                Append(text, arguments, input);
                start += consumed;
            }

            if (given == bytes.Length && piece >= pieces.Length)
                return text.Append($"open {bytes.Length - start}").ToString();
        }
    }

    private static void Append(StringBuilder text, RequestArguments arguments, ReadOnlySpan<byte> input)
    {
        for (int index = 0; index < arguments.Count; index++)
        {
            ReadOnlySpan<byte> argument = arguments.Get(index, input);
            ReadOnlySpan<byte> source = arguments.IsScratch ? arguments.Scratch : input;
            Assert.That(source.Slice(arguments.Offset(index), arguments.Length(index)) == argument, Is.True);
            text.Append(Encoding.Latin1.GetString(argument)).Append('|');
        }

        text.Append('\n');
    }
}
