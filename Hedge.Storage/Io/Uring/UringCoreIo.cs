using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// A core's sockets, files, sleep and wake-up on one ring. Made, used and disposed on the core's thread.
/// </summary>
internal sealed class UringCoreIo : ICoreIo
{
    private const ushort ReceiveGroup = 1;
    private const int ShutdownTurnsMax = 2000;
    private const long ShutdownTurnMicroseconds = 5000;

    private readonly Ring _ring;
    private readonly ProvidedBufferRing _buffers;
    private readonly UringTransport _transport;
    private readonly UringDiskQueue _disk;
    private readonly WakeDescriptor _wake;
    private int _inspected;
    private bool _isDisposed;

    private UringCoreIo(Ring ring, ProvidedBufferRing buffers, WakeDescriptor wake)
    {
        _ring = ring;
        _buffers = buffers;
        _wake = wake;
        _transport = new UringTransport(ring, buffers);
        _disk = new UringDiskQueue(ring);
        _wake.Arm(ring);
    }

    /// <inheritdoc/>
    public IDiskQueue Disk => _disk;

    /// <inheritdoc/>
    public ITransport Transport => _transport;

    /// <summary>System calls made by the ring so far.</summary>
    public long Enters => _ring.Enters;

    /// <summary>Makes the core's I/O on the calling thread.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="errno">The kernel's error number when no ring could be made.</param>
    /// <param name="firstStep">See <see cref="Ring.TryCreate"/>.</param>
    /// <returns>The I/O, or null.</returns>
    public static UringCoreIo? TryCreate(CoreIoOptions options, out int errno, int firstStep = 0)
    {
        Ring? ring = Ring.TryCreate(
            (uint)options.SubmissionEntries, (uint)options.CompletionEntries, out errno, firstStep);
        if (ring == null) return null;
        ProvidedBufferRing? buffers = ProvidedBufferRing.TryCreate(
            ring, ReceiveGroup, options.ReceiveBuffers, options.ReceiveBufferBytes, out errno);
        if (buffers != null)
        {
            WakeDescriptor? wake = WakeDescriptor.TryCreate(out errno);
            if (wake != null) return new UringCoreIo(ring, buffers, wake);
            buffers.Dispose();
        }

        ring.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public int Poll(ITransportHandler handler)
    {
        _ring.Gather();
        if (_ring.Completions.Count == 0 && _ring.HasKernelWork) SubmitAndSettle();
        int events = 0;
        // Completions of what the handler itself starts wait for the next poll.
        int taken = _ring.Completions.Count;
        for (int i = 0; i < taken; i++) events += Dispatch(_ring.Completions.Take(), handler);
        _ring.Completions.Compact();
        _inspected = Math.Max(0, _inspected - taken);
        return events + _transport.EndBatch(handler);
    }

    /// <inheritdoc/>
    public void Submit() => SubmitAndSettle();

    /// <inheritdoc/>
    public void Wait(long timeoutMicroseconds, int events = 1)
    {
        // With results present the call does not sleep. Sends must be submitted before they are settled.
        bool isReady = _ring.Completions.Count > 0;
        if (timeoutMicroseconds == 0 || isReady || _transport.HasNotices || _wake.TakePending())
        {
            SubmitAndSettle();
            return;
        }

        _transport.PrepareSends();
        if (events > 1 && timeoutMicroseconds > ICoreIo.GatherMicroseconds)
            _ring.Wait(ICoreIo.GatherMicroseconds, (uint)events);
        if (_ring.Completions.Count == 0) _ring.Wait(timeoutMicroseconds, 1);
        Settle(hasSlept: true);
    }

    /// <inheritdoc/>
    public void Wake() => _wake.Signal();

    /// <summary>
    /// Ends everything under way, then frees everything. Connections are aborted without further notice,
    /// and file operations finish without their continuation. Memory that the kernel does not release in
    /// time is not freed.
    /// </summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _wake.Cancel(_ring);
        _transport.AbortAll();
        IgnoringHandler ignoring = new();
        for (int turn = 0; turn < ShutdownTurnsMax && IsBusy; turn++)
        {
            Wait(ShutdownTurnMicroseconds);
            Poll(ignoring);
        }

        if (!IsBusy)
        {
            _buffers.Dispose();
            _transport.Dispose();
        }

        _ring.Dispose();
        _wake.Dispose();
    }

    private bool IsBusy => _transport.IsBusy || _disk.InFlight > 0 || _wake.IsArmed;

    private int Dispatch(in CompletionEntry completion, ITransportHandler handler)
    {
        switch (new Token(completion.UserData).Kind)
        {
            case TokenKind.Disk or TokenKind.DiskLinkedWrite:
                return _disk.Complete(completion, isDelivered: !_isDisposed);
            case TokenKind.Wake:
                _wake.Complete();
                if (!_isDisposed) _wake.Arm(_ring);
                return 0;
            case TokenKind.OfferedSend or TokenKind.Ignored:
                return 0;
            default:
                return _transport.Complete(completion, handler);
        }
    }

    private void SubmitAndSettle()
    {
        _transport.PrepareSends();
        _ring.Submit();
        Settle(hasSlept: false);
    }

    // Refused sends are handled before anything else touches their buffers.
    private void Settle(bool hasSlept)
    {
        CompletionList completions = _ring.Completions;
        for (; _inspected < completions.End; _inspected++)
        {
            CompletionEntry completion = completions.At(_inspected);
            TokenKind kind = new Token(completion.UserData).Kind;
            if (kind == TokenKind.OfferedSend) _transport.RefuseSend(completion);
            else if (kind == TokenKind.Wake && hasSlept) _wake.Observe();
        }

        _transport.SettleSends();
    }
}
