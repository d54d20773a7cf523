using System.Buffers;
using System.Text;

namespace Hedge.Resp;

/// <summary>Writes replies to a buffer in the connection's protocol version. One per core, reused.</summary>
public sealed class RespWriter
{
    private IBufferWriter<byte> _output = null!;

    /// <summary>RESP version, 2 or 3.</summary>
    public int Protocol { get; private set; } = 2;

    /// <summary>Directs the writer to another connection.</summary>
    public void Reset(IBufferWriter<byte> output, int protocol)
    {
        _output = output;
        Protocol = protocol;
    }

    /// <summary>A simple string.</summary>
    public void SimpleString(string text) => _output.Write(Encoding.UTF8.GetBytes($"+{text}\r\n"));

    /// <summary>An error: code and text.</summary>
    public void Error(string text) => _output.Write(Encoding.UTF8.GetBytes($"-{text}\r\n"));

    /// <summary>An integer.</summary>
    public void Integer(long value) => _output.Write(Encoding.UTF8.GetBytes($":{value}\r\n"));

    /// <summary>A bulk string.</summary>
    public void Bulk(ReadOnlySpan<byte> value)
    {
        _output.Write(Encoding.UTF8.GetBytes($"${value.Length}\r\n"));
        _output.Write(value);
        _output.Write("\r\n"u8);
    }

    /// <summary>The null reply.</summary>
    public void Null() => _output.Write(Protocol == 2 ? "$-1\r\n"u8 : "_\r\n"u8);
}
