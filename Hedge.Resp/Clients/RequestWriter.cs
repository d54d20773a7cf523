using System.Buffers;
using System.Text;

namespace Hedge.Resp.Clients;

/// <summary>Encodes requests as clients send them: an array of bulk strings.</summary>
public static class RequestWriter
{
    /// <summary>A request of texts, in UTF-8.</summary>
    public static void Write(IBufferWriter<byte> output, params ReadOnlySpan<string> arguments)
    {
        Header(output, arguments.Length);
        foreach (string argument in arguments) Argument(output, Encoding.UTF8.GetBytes(argument));
    }

    /// <summary>A request of byte strings.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<ReadOnlyMemory<byte>> arguments)
    {
        Header(output, arguments.Length);
        foreach (ReadOnlyMemory<byte> argument in arguments) Argument(output, argument.Span);
    }

    /// <summary>Starts a request: <paramref name="count"/> arguments follow.</summary>
    public static void Header(IBufferWriter<byte> output, int count) => Line(output, '*', count);

    /// <summary>One argument.</summary>
    public static void Argument(IBufferWriter<byte> output, ReadOnlySpan<byte> argument)
    {
        Line(output, '$', argument.Length);
        output.Write(argument);
        output.Write("\r\n"u8);
    }

    private static void Line(IBufferWriter<byte> output, char type, int value)
    {
        Span<byte> span = output.GetSpan(16);
        span[0] = (byte)type;
        int length = 1 + RespInteger.Format(value, span[1..]);
        span[length] = (byte)'\r';
        span[length + 1] = (byte)'\n';
        output.Advance(length + 2);
    }
}
