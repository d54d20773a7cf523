using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hedge.Tests.Processes;

/// <summary>A client for long values: blocking, with little between the socket and the test. Every wait ends
/// within two minutes.</summary>
internal sealed class BulkClient : IDisposable
{
    private const string Closed = "the server closed the connection";
    private const int TimeoutMilliseconds = 120_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _received = new byte[16 * 1024];
    private int _start;
    private int _end;

    public BulkClient(int port)
    {
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = _socket.SendTimeout = TimeoutMilliseconds;
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>A request's bytes.</summary>
    public static ReadOnlyMemory<byte> Encode(params ReadOnlySpan<string> words)
    {
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (string word in words) text.Append($"${word.Length}\r\n{word}\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Sends a request of words and, if there is one, a long last argument.</summary>
    public void Send(ReadOnlySpan<byte> last, params ReadOnlySpan<string> words)
    {
        int count = words.Length + (last.IsEmpty ? 0 : 1);
        Send(Encoding.ASCII.GetBytes($"*{count}\r\n"));
        foreach (string word in words) Send(Encoding.ASCII.GetBytes($"${word.Length}\r\n{word}\r\n"));
        if (last.IsEmpty) return;
        Send(Encoding.ASCII.GetBytes($"${last.Length}\r\n"));
        Send(last);
        Send("\r\n"u8);
    }

    /// <summary>Sends bytes as they are.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Sends a request and reads a reply of one line.</summary>
    public string Call(params ReadOnlySpan<string> words)
    {
        Send(default, words);
        return ReadLine();
    }

    /// <summary>As <see cref="Call(ReadOnlySpan{string})"/>, with a long last argument.</summary>
    public string Call(ReadOnlySpan<byte> last, params ReadOnlySpan<string> words)
    {
        Send(last, words);
        return ReadLine();
    }

    /// <summary>A line of a reply, without its end.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end) Receive();
            int length = _received.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            int count = length < 0 ? _end - _start : length + 1;
            line.Append(Encoding.Latin1.GetString(_received, _start, count));
            _start += count;
            if (length >= 0) return line.ToString().TrimEnd('\r', '\n');
        }
    }

    /// <summary>A bulk string's bytes.</summary>
    public ReadOnlyMemory<byte> ReadBulk() =>
        TryReadBulk() ?? throw new InvalidDataException("no bulk string");

    /// <summary>A bulk string's bytes; null for nothing.</summary>
    public ReadOnlyMemory<byte>? TryReadBulk()
    {
        string header = ReadLine();
        if (header == "$-1") return null;
        if (header[0] != '$') throw new InvalidDataException(header);
        var bytes = new byte[int.Parse(header.AsSpan(1), CultureInfo.InvariantCulture)];
        Read(bytes);
        Span<byte> end = stackalloc byte[2];
        Read(end);
        if (!end.SequenceEqual("\r\n"u8)) throw new InvalidDataException("a bulk string without its end");
        return bytes;
    }

    /// <summary>Closes without a word: the server gets a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private void Read(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            if (_start == _end && target.Length > _received.Length)
            {
                int received = _socket.Receive(target);
                if (received == 0) throw new EndOfStreamException(Closed);
                target = target[received..];
                continue;
            }

            if (_start == _end) Receive();
            int count = Math.Min(target.Length, _end - _start);
            _received.AsSpan(_start, count).CopyTo(target);
            _start += count;
            target = target[count..];
        }
    }

    private void Receive()
    {
        _start = 0;
        _end = _socket.Receive(_received);
        if (_end == 0) throw new EndOfStreamException(Closed);
    }
}
