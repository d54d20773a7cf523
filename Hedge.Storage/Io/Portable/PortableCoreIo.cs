namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A core's I/O where io_uring is not available. The thread pool serves sockets and files and posts events.
/// The core takes them in its poll exactly as it takes a ring's completions.
/// </summary>
internal sealed class PortableCoreIo : ICoreIo
{
    private const int ShutdownTurnsMax = 2000;
    private const long ShutdownTurnMicroseconds = 5000;

    private readonly PortableEvents _events = new();
    private readonly PortableTransport _transport;
    private readonly PortableDiskQueue _disk;
    private bool _isDisposed;

    public PortableCoreIo(CoreIoOptions options)
    {
        _transport = new PortableTransport(_events);
        _disk = new PortableDiskQueue(_events, options.PortableDiskThreads);
    }

    /// <inheritdoc/>
    public IDiskQueue Disk => _disk;

    /// <inheritdoc/>
    public ITransport Transport => _transport;

    /// <inheritdoc/>
    public int Poll(ITransportHandler handler)
    {
        int told = 0;
        // Events that come meanwhile wait for the next poll.
        for (int left = _events.Count; left > 0 && _events.TryTake(out PortableEvent taken); left--)
        {
            if (taken.Kind != PortableEventKind.DiskDone) told += _transport.Take(taken, handler);
            else told += _disk.Complete(taken.Subject, isDelivered: !_isDisposed);
        }

        return told + _transport.EndBatch(handler);
    }

    /// <inheritdoc/>
    public void Submit() => _transport.SendFlushed();

    /// <inheritdoc/>
    public void Wait(long timeoutMicroseconds, int events = 1)
    {
        _transport.SendFlushed();
        if (_events.Count > 0 || _transport.HasNotices) _events.Sleep(0);
        else _events.Sleep(timeoutMicroseconds);
    }

    /// <inheritdoc/>
    public void Wake() => _events.Signal();

    /// <summary>
    /// Ends everything under way: aborts connections without further notice, and lets file operations
    /// finish without their continuation.
    /// </summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _transport.AbortAll();
        IgnoringHandler ignoring = new();
        for (int turn = 0; turn < ShutdownTurnsMax && (_transport.IsBusy || _disk.InFlight > 0); turn++)
        {
            Wait(ShutdownTurnMicroseconds);
            Poll(ignoring);
        }

        _events.Dispose();
    }
}
