using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>A client that sends lines and expects bytes, all as Latin-1 text. Every wait ends within 10
/// seconds.</summary>
internal sealed class RawClient : IDisposable
{
    private const int TimeoutMilliseconds = 10_000;

    private readonly Socket _socket;

    public RawClient(int port, int receiveBufferBytes = 0)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = TimeoutMilliseconds,
            SendTimeout = TimeoutMilliseconds,
        };
        if (receiveBufferBytes > 0) _socket.ReceiveBufferSize = receiveBufferBytes;
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>The client's address as the server shows it.</summary>
    public string Address => _socket.LocalEndPoint!.ToString()!;

    /// <summary>Sends requests as lines.</summary>
    public void Send(params string[] lines) => SendRaw(string.Concat(lines.Select(l => l + "\r\n")));

    public void SendRaw(string bytes)
    {
        ReadOnlySpan<byte> left = Encoding.Latin1.GetBytes(bytes);
        while (!left.IsEmpty) left = left[_socket.Send(left)..];
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Receives exactly as many bytes as <paramref name="expected"/> has, and compares; "\n" there
    /// stands for
    /// CR LF.</summary>
    public void Expect(string expected)
    {
        string wanted = expected.Replace("\n", "\r\n", StringComparison.Ordinal);
        var received = new StringBuilder();
        try
        {
            while (received.Length < wanted.Length
                && wanted.StartsWith(received.ToString(), StringComparison.Ordinal))
            {
                string more = Receive(wanted.Length - received.Length);
                if (more.Length == 0) break;
                received.Append(more);
            }
        }
        catch (SocketException problem)
        {
            received.Append('<').Append(problem.SocketErrorCode).Append('>');
        }

        Assert.That(received.ToString(), Is.EqualTo(wanted));
    }

    /// <summary>Sends lines and expects bytes.</summary>
    public void Call(string lines, string expected)
    {
        Send(lines.Split('\n'));
        Expect(expected);
    }

    /// <summary>One line of a reply, without its end.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            string next = Receive(1);
            if (next.Length == 0) throw new EndOfStreamException("closed after: " + line);
            if (next == "\n") return line.ToString().TrimEnd('\r');
            line.Append(next);
        }
    }

    /// <summary>A bulk string's bytes.</summary>
    public string ReadBulk()
    {
        int length = int.Parse(ReadLine()[1..], System.Globalization.CultureInfo.InvariantCulture);
        var bytes = new StringBuilder();
        while (bytes.Length < length + 2) bytes.Append(Receive(length + 2 - bytes.Length));
        return bytes.ToString(0, length);
    }

    /// <summary>Receives a bulk string and forgets it; its length.</summary>
    public int SkipBulk()
    {
        int length = int.Parse(ReadLine()[1..], System.Globalization.CultureInfo.InvariantCulture);
        var buffer = new byte[1 << 16];
        for (int left = length + 2; left > 0;)
        {
            int count = _socket.Receive(buffer, Math.Min(left, buffer.Length), SocketFlags.None);
            if (count == 0) throw new EndOfStreamException();
            left -= count;
        }

        return length;
    }

    /// <summary>Receives until the server closes; the number of bytes.</summary>
    public long Drain()
    {
        var buffer = new byte[1 << 16];
        long total = 0;
        try
        {
            for (int count; (count = _socket.Receive(buffer)) > 0;) total += count;
        }
        catch (SocketException problem) when (problem.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return total;
    }

    /// <summary>Expects the connection's end, with nothing before it.</summary>
    public void ExpectEnd() => Assert.That(Drain(), Is.Zero, "bytes before the end");

    /// <summary>Receives until the server closes in order: a reset fails. The number of bytes.</summary>
    public long DrainToOrderlyEnd()
    {
        var buffer = new byte[1 << 16];
        long total = 0;
        for (int count; (count = _socket.Receive(buffer)) > 0;) total += count;
        return total;
    }

    /// <summary>True when nothing comes for a moment.</summary>
    public bool IsSilent(int milliseconds = 60) => !_socket.Poll(milliseconds * 1000, SelectMode.SelectRead);

    public void Dispose() => _socket.Dispose();

    private string Receive(int most)
    {
        var buffer = new byte[most];
        int count = _socket.Receive(buffer);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }
}
