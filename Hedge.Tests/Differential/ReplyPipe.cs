using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedge.Tests.Commands;

namespace Hedge.Tests.Differential;

/// <summary>A connection that sends requests many at a time and hands out replies as the bytes they came
/// in.</summary>
internal sealed class ReplyPipe : IDisposable
{
    private const int TimeoutMilliseconds = 30_000;

    private readonly Socket _socket;
    private byte[] _received = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Connects to a port of this machine.</summary>
    public ReplyPipe(int port)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = TimeoutMilliseconds,
            SendTimeout = TimeoutMilliseconds,
        };
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Sends a request of words separated by spaces and waits for its reply.</summary>
    public byte[] Run(string line) => RunAll([CommandLine.Split(line)])[0];

    /// <summary>Sends all requests at once and waits for as many replies.</summary>
    public byte[][] RunAll(IReadOnlyList<byte[][]> requests)
    {
        Task sending = Task.Run(() => Send(requests));
        var replies = new byte[requests.Count][];
        for (int i = 0; i < replies.Length; i++) replies[i] = Next();
        sending.GetAwaiter().GetResult();
        return replies;
    }

    /// <summary>Sends requests.</summary>
    public void Send(IReadOnlyList<byte[][]> requests)
    {
        using var bytes = new MemoryStream();
        foreach (byte[][] request in requests)
        {
            bytes.Write(Encoding.ASCII.GetBytes($"*{request.Length}\r\n"));
            foreach (byte[] word in request)
            {
                bytes.Write(Encoding.ASCII.GetBytes($"${word.Length}\r\n"));
                bytes.Write(word);
                bytes.Write("\r\n"u8);
            }
        }

        ReadOnlySpan<byte> rest = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        while (!rest.IsEmpty) rest = rest[_socket.Send(rest)..];
    }

    /// <summary>Waits for the next reply.</summary>
    /// <exception cref="SocketException">None came within half a minute.</exception>
    public byte[] Next()
    {
        while (true)
        {
            int length = ReplyReader.LengthOf(_received.AsSpan(_start, _end - _start));
            if (length >= 0)
            {
                byte[] reply = _received.AsSpan(_start, length).ToArray();
                _start += length;
                return reply;
            }

            MakeRoom();
            int count = _socket.Receive(_received.AsSpan(_end));
            if (count == 0) throw new IOException("the server closed the connection");
            _end += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            _end -= _start;
            _start = 0;
        }

        if (_end == _received.Length) Array.Resize(ref _received, _received.Length * 2);
    }
}
