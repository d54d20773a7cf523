using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A socket between two pipes. Pipelines.Sockets.Unofficial fills and empties them on the thread pool. This
/// class adds what that library leaves to its user: the end of the connection, and writes that are safe
/// while the connection fails.
/// </summary>
/// <remarks>
/// The pipes give back-pressure: the receive loop stops when the core does not read, and the core's flush
/// waits when the client does not.
/// <list type="number">
/// <item>The receive loop ends when the client ends sending, when it fails, or when the core has completed
/// <see cref="Input"/>.</item>
/// <item>The send loop ends when all bytes before <see cref="CompleteOutput"/> are sent, or when it fails.
/// No reply can be sent after that, so the receive loop is woken to end as well.</item>
/// <item>When both have ended, the socket is closed and the owner is told.</item>
/// </list>
/// </remarks>
internal sealed class PipedSocket
{
    private const int PauseBytes = 128 * 1024;
    private const int ResumeBytes = 64 * 1024;
    private const int ReceiveBytes = 16 * 1024;

    // Idle connections wait without holding a buffer. The runtime completes socket operations on the pool
    // already, so another hop through the pool would only cost time.
    private const SocketConnectionOptions Flags = SocketConnectionOptions.ZeroLengthReads
        | SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites;

    // The core's continuations only post an event, so they may run inside the loops. The loops never run
    // inside the core's calls, except for a connection's first attempt to receive.
    private static readonly PipeOptions ReceiveOptions =
        Options(reader: PipeScheduler.Inline, writer: PipeScheduler.ThreadPool);

    private static readonly PipeOptions SendOptions =
        Options(reader: PipeScheduler.ThreadPool, writer: PipeScheduler.Inline);

    private readonly SocketConnection _connection;
    private readonly Action _onEnded;
    private int _loops = 2;

    /// <summary>Starts both loops. This object owns the socket from here on.</summary>
    /// <param name="socket">A connected socket.</param>
    /// <param name="onEnded">Called once, on any thread, when the socket is closed.</param>
    public PipedSocket(Socket socket, Action onEnded)
    {
        _onEnded = onEnded;
        _connection = SocketConnection.Create(socket, SendOptions, ReceiveOptions, Flags);
        // These callbacks are deprecated because not every reader and writer can call back. Those of a Pipe
        // can. The library has no other way to tell a core that is not reading that a loop has ended.
#pragma warning disable CS0618
        _connection.Input.OnWriterCompleted(static (_, self) => ((PipedSocket)self!).LoopEnded(), this);
        _connection.Output.OnReaderCompleted(static (_, self) => ((PipedSocket)self!).SendEnded(), this);
#pragma warning restore CS0618
    }

    /// <summary>The bytes that the client sends.</summary>
    public PipeReader Input => _connection.Input;

    /// <summary>Copies bytes into the pipe to the client. The caller owns them again when this
    /// returns.</summary>
    /// <remarks>
    /// After a failed send the library completes our end of the pipe too, at any moment, and the pipe's
    /// memory returns to its pool. A copy into a span of that memory could then overwrite another
    /// connection's bytes. <see cref="PipeWriter.WriteAsync"/> copies under the pipe's lock, so this cannot
    /// happen.
    /// </remarks>
    /// <returns>A result that is completed when sending has ended.</returns>
    /// <exception cref="IOException">Sending has failed, or see <see cref="SocketErrno.IsFailure"/>.
    /// </exception>
    public ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return _connection.Output.WriteAsync(bytes);
        }
        catch (InvalidOperationException)
        {
            return ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: true));
        }
    }

    /// <summary>Ends the output after the written bytes.</summary>
    public void CompleteOutput() => _connection.Output.Complete();

    /// <summary>Ends both directions: the loops wake and end, then the socket is closed. Any
    /// thread.</summary>
    /// <remarks>If the socket were closed while a receive is under way, it would be reset, and the client
    /// would lose what it has not read yet.</remarks>
    public void Abort()
    {
        try
        {
            _connection.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            // The client has ended the connection before. The loops hear of that.
        }
    }

    private static PipeOptions Options(PipeScheduler reader, PipeScheduler writer) => new(
        readerScheduler: reader,
        writerScheduler: writer,
        pauseWriterThreshold: PauseBytes,
        resumeWriterThreshold: ResumeBytes,
        minimumSegmentSize: ReceiveBytes,
        useSynchronizationContext: false);

    private void SendEnded()
    {
        if (!LoopEnded()) Abort();
    }

    /// <summary>True for the second loop's end.</summary>
    private bool LoopEnded()
    {
        if (Interlocked.Decrement(ref _loops) > 0) return false;
        _connection.Socket.Dispose();
        _onEnded();
        return true;
    }
}
