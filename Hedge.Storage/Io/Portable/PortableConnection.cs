using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// One connection's two pipes, which the core drives: it starts a read or a flush, an event tells it that
/// the result has come, and it fetches the result. Only the core uses the members; the pool's threads only
/// post events.
/// </summary>
internal sealed class PortableConnection : TransportConnection
{
    private const int ChunkBytes = 64 * 1024;

    private readonly PipedSocket _pipe;
    private readonly Action _onReadable;
    private readonly Action _onWritable;
    private readonly List<MemoryHandle> _pins = [];
    private ValueTaskAwaiter<ReadResult> _read;
    private ValueTaskAwaiter<FlushResult> _flush;
    private ReadOnlySequence<byte> _lent;
    private bool _isReading;
    private bool _isReadable;
    private bool _isLent;
    private bool _hasWaited;
    private bool _isOutputComplete;
    private bool _isInputComplete;

    public PortableConnection(int index, Socket socket, PortableEvents events)
        : base(index)
    {
        _onReadable = () => events.Post(PortableEventKind.Readable, this);
        _onWritable = () => events.Post(PortableEventKind.Writable, this);
        _pipe = new PipedSocket(socket, () => events.Post(PortableEventKind.Ended, this));
    }

    /// <summary>A flush waits for the client to read.</summary>
    public bool IsFlushing { get; private set; }

    /// <summary>The socket is closed.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Starts a read if the core wants bytes and no read is under way.</summary>
    public void Read()
    {
        if (IsPaused || IsHungUp || IsClosing || _isLent) return;
        if (_isReadable)
        {
            // The result came in while the connection was paused.
            _onReadable();
            return;
        }

        if (_isReading) return;
        _isReading = true;
        _read = StartRead(_pipe.Input);
        if (_read.IsCompleted) _onReadable();
        else _read.UnsafeOnCompleted(_onReadable);
    }

    /// <summary>Fetches a read's result and lends its bytes to the handler.</summary>
    /// <param name="handler">Who gets the bytes.</param>
    /// <param name="delivered">Set when there were bytes.</param>
    /// <returns>0, or the errno with which the connection ended; -1 for the peer's orderly end.</returns>
    public unsafe int TakeRead(ITransportHandler handler, out bool delivered)
    {
        delivered = false;
        // An event may come twice, once for the result and once for a resume. So the code checks whether a
        // result is there.
        if (!_isReading || _isInputComplete || !_read.IsCompleted) return 0;
        _isReadable = true;
        if (IsPaused && !IsClosing) return 0;

        _isReading = _isReadable = false;
        ReadResult result;
        try
        {
            result = _read.GetResult();
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            return SocketErrno.Of(failure);
        }

        _lent = result.Buffer;
        _isLent = true;
        if (!IsClosing && !IsHungUp)
        {
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                if (segment.IsEmpty) continue;
                // SAFETY: pinned until Return, which follows the handler's EndOfBatch.
                MemoryHandle pin = segment.Pin();
                _pins.Add(pin);
                handler.Received(Index, (byte*)pin.Pointer, segment.Length);
                delivered = true;
            }
        }

        return result.IsCompleted ? -1 : 0;
    }

    /// <summary>Gives lent bytes back to the pipe and reads on.</summary>
    public void Return()
    {
        foreach (MemoryHandle pin in _pins) pin.Dispose();
        _pins.Clear();
        if (!_isLent) return;
        _isLent = false;
        _pipe.Input.AdvanceTo(_lent.End);
        _lent = default;
        if (_isOutputComplete) CompleteInput();
        else Read();
    }

    /// <summary>Moves flushed bytes into the pipe until all are there or the pipe is full.</summary>
    /// <returns>0, or the errno with which sending ended.</returns>
    public int Send()
    {
        if (_isOutputComplete) Break();
        while (Flushed > 0 && !IsFlushing)
        {
            int count = (int)Math.Min(Flushed, ChunkBytes);
            _flush = StartWrite(Output.SliceMemory(0, count));
            Output.Take(count);
            Flushed -= count;
            if (!_flush.IsCompleted)
            {
                IsFlushing = _hasWaited = true;
                _flush.UnsafeOnCompleted(_onWritable);
                return 0;
            }

            int errno = TakeFlush();
            if (errno != 0) return errno;
        }

        return 0;
    }

    /// <summary>Fetches the result of a flush that had to wait, and sends on.</summary>
    /// <returns>0, or the errno with which sending ended.</returns>
    public int ContinueSend()
    {
        if (!IsFlushing) return 0;
        IsFlushing = false;
        int errno = TakeFlush();
        return errno != 0 ? errno : Send();
    }

    /// <summary>True once when the output is empty after it had to wait.</summary>
    public bool TakeDrained()
    {
        bool isDrained = _hasWaited && Flushed == 0 && !IsFlushing;
        if (isDrained) _hasWaited = false;
        return isDrained;
    }

    /// <summary>Drops all output, now and later.</summary>
    public void Break()
    {
        IsBroken = true;
        Output.Take(Flushed);
        Flushed = 0;
    }

    /// <summary>Stops reading. What the core has flushed into the pipe is still sent.</summary>
    public void StopReading()
    {
        if (_isReading && !_isReadable) _pipe.Input.CancelPendingRead();
    }

    /// <summary>Ends the output: the socket closes when the pipe's bytes are sent.</summary>
    public void Finish()
    {
        if (_isOutputComplete) return;
        _isOutputComplete = true;
        _pipe.CompleteOutput();
        if (!_isLent) CompleteInput();
    }

    /// <summary>Closes the socket at once.</summary>
    public void Abort() => _pipe.Abort();

    /// <inheritdoc/>
    public override void Dispose()
    {
        Return();
        _isOutputComplete = true;
        _pipe.CompleteOutput();
        CompleteInput();
        base.Dispose();
    }

    // A pipe whose other end has failed may throw at once or with the result. This makes it always the
    // result.
    private static ValueTaskAwaiter<ReadResult> StartRead(PipeReader reader)
    {
        try
        {
            return Awaiter(reader.ReadAsync());
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            return Awaiter(ValueTask.FromException<ReadResult>(failure));
        }
    }

    private ValueTaskAwaiter<FlushResult> StartWrite(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Awaiter(_pipe.WriteAsync(bytes));
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            return Awaiter(ValueTask.FromException<FlushResult>(failure));
        }
    }

    private static ValueTaskAwaiter<T> Awaiter<T>(ValueTask<T> started) => started.GetAwaiter();

    // Tells a receive loop that waits for the core to read that the core will not.
    private void CompleteInput()
    {
        if (_isInputComplete) return;
        _isInputComplete = true;
        _pipe.Input.Complete();
    }

    private int TakeFlush()
    {
        try
        {
            return _flush.GetResult().IsCompleted ? Errno.BrokenPipe : 0;
        }
        catch (Exception failure) when (SocketErrno.IsFailure(failure))
        {
            return SocketErrno.Of(failure);
        }
    }
}
