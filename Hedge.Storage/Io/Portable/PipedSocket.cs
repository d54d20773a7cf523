using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A socket between two pipes, which Pipelines.Sockets.Unofficial fills and empties on the thread pool. This
/// adds what that library leaves to its user: the end of the connection, and writing while it may fail.
/// </summary>
/// <remarks>
/// Back-pressure is the pipes': the receive loop stops when the core does not read, and the core's flush
/// waits when the client does not.
/// <list type="number">
/// <item>The receive loop ends at the client's end of sending, at a failure, or when the core has completed
/// <see cref="Input"/>.</item>
/// <item>The send loop ends when all bytes before <see cref="CompleteOutput"/> are sent, or at a failure.
/// Nothing can be answered after that, so the receive loop is woken to end as well.</item>
/// <item>When both have ended, the socket is closed and the owner is told.</item>
/// </list>
/// </remarks>
internal sealed class PipedSocket
{
    private const int PauseBytes = 128 * 1024;
    private const int ResumeBytes = 64 * 1024;
    private const int ReceiveBytes = 16 * 1024;

    // Idle connections wait without holding a buffer. The runtime completes socket operations on the pool
    // already: another hop through the pool would only cost time.
    private const SocketConnectionOptions Flags = SocketConnectionOptions.ZeroLengthReads
        | SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites;

    // The core's continuations only post an event, so they may run inside the loops; the loops never go on
    // inside the core's calls. Only a connection's first receive is tried on the core's thread.
    private static readonly PipeOptions ReceiveOptions =
        Options(reader: PipeScheduler.Inline, writer: PipeScheduler.ThreadPool);

    private static readonly PipeOptions SendOptions =
        Options(reader: PipeScheduler.ThreadPool, writer: PipeScheduler.Inline);

    private readonly SocketConnection _connection;
    private readonly Action _onEnded;
    private int _loops = 2;

    /// <summary>Starts both loops. The socket belongs to this object from here on.</summary>
    /// <param name="socket">A connected socket.</param>
    /// <param name="onEnded">Called once, by any thread, when the socket is closed.</param>
    public PipedSocket(Socket socket, Action onEnded)
    {
        _onEnded = onEnded;
        _connection = SocketConnection.Create(socket, SendOptions, ReceiveOptions, Flags);
        // Deprecated because not every reader and writer can call back. These are a Pipe's, which can, and
        // the library has no other sign of a loop's end to a core that does not read at the time.
#pragma warning disable CS0618
        _connection.Input.OnWriterCompleted(static (_, self) => ((PipedSocket)self!).LoopEnded(), this);
        _connection.Output.OnReaderCompleted(static (_, self) => ((PipedSocket)self!).SendEnded(), this);
#pragma warning restore CS0618
    }

    /// <summary>What the client sends.</summary>
    public PipeReader Input => _connection.Input;

    /// <summary>Copies bytes into the pipe to the client. They are the caller's again when this
    /// returns.</summary>
    /// <remarks>
    /// After a failed send the library completes our end of the pipe as well, at any moment, and the pipe's
    /// memory goes back to its pool. A copy into a span of that memory could then hit another connection's
    /// bytes. <see cref="PipeWriter.WriteAsync"/> copies under the pipe's lock, so it cannot.
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

    /// <summary>Nothing follows what was written.</summary>
    public void CompleteOutput() => _connection.Output.Complete();

    /// <summary>Ends both directions: the loops wake and end, then the socket is closed. Any
    /// thread.</summary>
    /// <remarks>Closed under a receive the socket would be reset, and the client would lose what it has not
    /// read yet.</remarks>
    public void Abort()
    {
        try
        {
            _connection.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            // The client has ended it before: the loops hear of that.
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
