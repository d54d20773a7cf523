using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A client that sends as fast as it can and reads one-line replies meanwhile.</summary>
internal sealed class Flood : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public Flood(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>The last reply line.</summary>
    public string Last { get; private set; } = "";

    /// <summary>The first error reply; null for none.</summary>
    public string? Error { get; private set; }

    /// <summary>SETs of 16-byte keys, a thousand in each piece.</summary>
    public static IEnumerable<byte[]> Sets(int count, int valueBytes)
    {
        string value = new('v', valueBytes);
        for (int i = 0; i < count;)
        {
            StringBuilder piece = new();
            for (int end = Math.Min(count, i + 1000); i < end; i++)
                piece.Append($"*3\r\n$3\r\nSET\r\n$16\r\nkey:{i:d12}\r\n${valueBytes}\r\n{value}\r\n");
            yield return Encoding.Latin1.GetBytes(piece.ToString());
        }
    }

    /// <summary>Sends, and reads that many lines.</summary>
    public async Task RunAsync(IEnumerable<byte[]> pieces, long lines)
    {
        Task sending = Task.Run(async () =>
        {
            foreach (byte[] piece in pieces)
            {
                for (int at = 0; at < piece.Length;) at += await _socket.SendAsync(piece.AsMemory(at));
            }
        });
        await ReadAsync(lines).WaitAsync(Timeout);
        await sending.WaitAsync(Timeout);
    }

    /// <summary>Sends for a time, whatever becomes of it, and reads nothing.</summary>
    public async Task PushAsync(byte[] bytes, TimeSpan time)
    {
        using CancellationTokenSource ends = new(time);
        try
        {
            for (int at = 0; at < bytes.Length;)
                at += await _socket.SendAsync(bytes.AsMemory(at), ends.Token);
            await Task.Delay(-1, ends.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // It was stopped, or disconnected: either is an answer.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync(long lines)
    {
        byte[] buffer = new byte[1 << 20];
        while (lines > 0)
        {
            int count = await _socket.ReceiveAsync(buffer);
            Assert.That(count, Is.GreaterThan(0), $"the connection goes on; {lines} replies are missing");
            Memory<byte> received = buffer.AsMemory(0, count);
            int last = received.Span.LastIndexOf((byte)'\n');
            lines -= received.Span.Count((byte)'\n');
            if (Error == null && received.Span.IndexOf((byte)'-') is var at and >= 0)
                Error = Encoding.Latin1.GetString(received.Span[at..Math.Min(count, at + 80)]).Split('\r')[0];
            if (last < 0) continue;
            string tail = Encoding.Latin1.GetString(received.Span[Math.Max(0, last - 100)..last]);
            Last = tail.TrimEnd('\r').Split('\n')[^1];
        }
    }
}
