using System.Collections.Concurrent;
using Hedge.Storage.Io;

namespace Hedge.Tests.Io;

/// <summary>A handler that adopts every client, echoes or records what it gets, and counts events.</summary>
internal sealed unsafe class TestHandler(ICoreIo io) : ITransportHandler
{
    private readonly Stack<int> _free = new();
    private readonly HashSet<int> _touched = [];
    private int _next;

    public Dictionary<int, OutputBuffer> Outputs { get; } = [];

    /// <summary>The connection whose bytes are recorded, not echoed; -1 for none.</summary>
    public int RecordedConnection { get; set; } = -1;

    /// <summary>Close when the client has ended.</summary>
    public bool IsClosing { get; set; } = true;

    public ConcurrentQueue<int> Adopted { get; } = new();

    /// <summary>Answer the first bytes of each client and close, as QUIT does.</summary>
    public bool IsQuitting { get; set; }

    public List<byte> Recorded { get; } = [];

    public long ReceivedBytes;

    public int AcceptedCount;

    public int ClosedCount;

    public int DrainedCount;

    public int MaxIndex => _next;

    public ConcurrentQueue<int> Hangups { get; } = new();

    public void Accepted(AcceptedSocket socket)
    {
        int index = _free.TryPop(out int reused) ? reused : _next++;
        Outputs[index] = io.Transport.Adopt(socket, index, 300);
        Adopted.Enqueue(index);
        Interlocked.Increment(ref AcceptedCount);
    }

    public void Received(int connection, byte* data, int length)
    {
        Interlocked.Add(ref ReceivedBytes, length);
        ReadOnlySpan<byte> bytes = new(data, length);
        if (connection == RecordedConnection)
        {
            Recorded.AddRange(bytes);
            return;
        }

        OutputBuffer output = Outputs[connection];
        bytes.CopyTo(output.GetSpan(length));
        output.Advance(length);
        _touched.Add(connection);
    }

    public void EndOfBatch()
    {
        foreach (int connection in _touched)
        {
            io.Transport.Flush(connection, Outputs[connection].Length);
            if (IsQuitting) io.Transport.Close(connection, abort: false);
        }

        _touched.Clear();
    }

    public void Hangup(int connection, int errno)
    {
        Hangups.Enqueue(errno);
        if (IsClosing) io.Transport.Close(connection, abort: false);
    }

    public void Drained(int connection) => Interlocked.Increment(ref DrainedCount);

    public void Closed(int connection)
    {
        Outputs.Remove(connection);
        _free.Push(connection);
        Interlocked.Increment(ref ClosedCount);
    }
}
