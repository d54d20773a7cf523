using System.IO.Pipelines;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A socket between two pipes, each filled or emptied by a loop on the thread pool. Back-pressure is the
/// pipes': the receive loop stops when the core does not read, and the core's flush waits when the client
/// does not.
/// </summary>
internal sealed class SocketPipe : IPipeConnection
{
    private const int PauseBytes = 128 * 1024;
    private const int ResumeBytes = 64 * 1024;
    private const int ReceiveBytes = 16 * 1024;

    private readonly Socket _socket;
    private readonly Pipe _received;
    private readonly Pipe _toSend;

    private SocketPipe(Socket socket)
    {
        _socket = socket;
        // The core's continuations only post an event, so they may run inside the loops; the loops never on
        // the core.
        _received = new Pipe(Options(reader: PipeScheduler.Inline, writer: PipeScheduler.ThreadPool));
        _toSend = new Pipe(Options(reader: PipeScheduler.ThreadPool, writer: PipeScheduler.Inline));
        Ended = Task.CompletedTask;
    }

    /// <inheritdoc/>
    public PipeReader Input => _received.Reader;

    /// <inheritdoc/>
    public PipeWriter Output => _toSend.Writer;

    /// <inheritdoc/>
    public Task Ended { get; private set; }

    /// <summary>Starts both loops. The socket belongs to the pipe from here on.</summary>
    public static SocketPipe Start(Socket socket)
    {
        SocketPipe pipe = new(socket);
        pipe.Ended = pipe.RunAsync();
        return pipe;
    }

    /// <inheritdoc/>
    public void Abort() => Stop();

    private static PipeOptions Options(PipeScheduler reader, PipeScheduler writer) => new(
        readerScheduler: reader,
        writerScheduler: writer,
        pauseWriterThreshold: PauseBytes,
        resumeWriterThreshold: ResumeBytes,
        minimumSegmentSize: ReceiveBytes,
        useSynchronizationContext: false);

    // Both directions end: the loops are woken, then the socket is closed. Closed under a receive it would be
    // reset, and the peer would lose what it has not read yet.
    private void Stop()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            // The peer has ended it before: the loops hear of that.
        }
    }

    private async Task RunAsync()
    {
        Task receiving = ReceiveAsync();
        await SendAsync();
        await receiving;
        _socket.Dispose();
    }

    private async Task ReceiveAsync()
    {
        // Off the core's thread, on which the loop is started.
        await Task.Yield();
        PipeWriter writer = _received.Writer;
        Exception? failure = null;
        try
        {
            while (true)
            {
                // Idle connections wait without holding a buffer.
                await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                int count = await _socket.ReceiveAsync(writer.GetMemory(ReceiveBytes), SocketFlags.None);
                if (count == 0) break;
                writer.Advance(count);
                if ((await writer.FlushAsync()).IsCompleted) break;
            }
        }
        catch (Exception caught) when (SocketErrno.IsFailure(caught))
        {
            failure = caught;
        }

        await writer.CompleteAsync(failure);
    }

    private async Task SendAsync()
    {
        await Task.Yield();
        PipeReader reader = _toSend.Reader;
        Exception? failure = null;
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync();
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                {
                    ReadOnlyMemory<byte> rest = segment;
                    while (!rest.IsEmpty) rest = rest[await _socket.SendAsync(rest, SocketFlags.None)..];
                }

                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) break;
            }

            // Everything is sent and the core wants no more: the end also wakes the receive loop.
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception caught) when (SocketErrno.IsFailure(caught))
        {
            failure = caught;
            // Nothing can be answered any more, so nothing needs to be received.
            Stop();
        }

        await reader.CompleteAsync(failure);
    }
}
