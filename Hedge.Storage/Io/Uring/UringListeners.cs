using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>The listening sockets of a core, each with a few accepts. A multishot accept could take as many
/// clients at once as the process has descriptors left, before the core could turn any away.</summary>
// SAFETY: the retry delay lies in native memory that lives as long as this object's ring operations.
internal sealed unsafe class UringListeners : IDisposable
{
    /// <summary>How long accepting pauses when the process has no descriptors left.</summary>
    public const int RetryMilliseconds = 100;

    /// <summary>The most clients of a listener that are accepted before the core looks at them.</summary>
    private const int AcceptsAtOnce = 8;

    private readonly Ring _ring;
    private readonly AlignedBuffer _delay = new(sizeof(KernelTimespec));
    private readonly List<Listener?> _listeners = [];

    public UringListeners(Ring ring)
    {
        _ring = ring;
        ((KernelTimespec*)_delay.Pointer)->Nanoseconds = RetryMilliseconds * 1_000_000;
    }

    /// <summary>Accepts and retries that are with the kernel.</summary>
    public int InFlight { get; private set; }

    /// <summary>As <see cref="ITransport.AcceptFrom"/>. Descriptors are closed when their accepts
    /// end.</summary>
    public void AcceptFrom(IReadOnlyList<ListeningSocket> sockets)
    {
        for (int i = 0; i < _listeners.Count; i++)
        {
            if (_listeners[i] is { } listener && !sockets.Contains(listener.Socket)) Stop(i, listener);
        }

        foreach (ListeningSocket socket in sockets)
        {
            if (_listeners.Exists(l => l?.Socket == socket)) continue;
            var added = (UringListeningSocket)socket;
            if (added.TryOwn()) Add(new Listener(added));
        }
    }

    /// <summary>Takes an accept's completion. Returns the new client's socket, or null.</summary>
    public UringAcceptedSocket? Complete(int index, in CompletionEntry completion)
    {
        Listener listener = _listeners[index]!;
        bool isStopping = listener.Socket.IsStopped;
        InFlight--;
        listener.Armed--;
        if (isStopping) End(index, listener);
        else if (completion.Result >= 0 || IsMomentary(-completion.Result)) Arm(index, listener);
        else RetryLater(index);
        if (completion.Result < 0) return null;
        if (!isStopping) return new UringAcceptedSocket(completion.Result, listener.Socket);
        _ = Libc.Close(completion.Result);
        return null;
    }

    /// <summary>Takes the completion of the pause after a failed accept.</summary>
    public void CompleteRetry(int index)
    {
        InFlight--;
        Listener listener = _listeners[index]!;
        if (listener.Socket.IsStopped) End(index, listener);
        else Arm(index, listener);
    }

    /// <inheritdoc/>
    public void Dispose() => _delay.Dispose();

    // A client gave up before it was accepted. The next one is not affected.
    private static bool IsMomentary(int errno)
        => errno is Errno.Interrupted or Errno.Again or Errno.ConnectionAborted;

    private static ulong Accept(int index) => new Token(TokenKind.Accept, 0, index).Value;

    private static ulong Retry(int index) => new Token(TokenKind.AcceptRetry, 0, index).Value;

    private void Add(Listener listener)
    {
        int index = _listeners.IndexOf(null);
        if (index < 0)
        {
            index = _listeners.Count;
            _listeners.Add(null);
        }

        _listeners[index] = listener;
        for (int i = 0; i < AcceptsAtOnce; i++) Arm(index, listener);
    }

    private void Stop(int index, Listener listener)
    {
        listener.Socket.Stop();
        for (int j = 0; j < listener.Armed; j++) UringReceiver.Cancel(_ring, Accept(index));
        for (int j = listener.Armed; j < AcceptsAtOnce; j++) UringReceiver.Cancel(_ring, Retry(index));
    }

    private void Arm(int index, Listener listener)
    {
        SubmissionEntry* entry = _ring.Next();
        entry->Opcode = UringOpcode.Accept;
        entry->Descriptor = listener.Socket.Descriptor;
        entry->OperationFlags = SocketConstants.CloseOnExec;
        entry->UserData = Accept(index);
        listener.Armed++;
        InFlight++;
    }

    // The process is out of descriptors or memory. The client stays in the backlog, and an immediate retry
    // would spin.
    private void RetryLater(int index)
    {
        SubmissionEntry* entry = _ring.Next();
        entry->Opcode = UringOpcode.Timeout;
        entry->Descriptor = -1;
        entry->Address = (ulong)_delay.Pointer;
        entry->Length = 1;
        entry->UserData = Retry(index);
        InFlight++;
    }

    // An accept or pause of a stopped listener has ended. The last one closes the listener.
    private void End(int index, Listener listener)
    {
        if (++listener.Ended < AcceptsAtOnce) return;
        _ = Libc.Close(listener.Socket.Descriptor);
        _listeners[index] = null;
    }

    private sealed class Listener(UringListeningSocket socket)
    {
        public UringListeningSocket Socket { get; } = socket;

        /// <summary>Accepts that the kernel has.</summary>
        public int Armed { get; set; }

        /// <summary>Accepts that have ended for good.</summary>
        public int Ended { get; set; }
    }
}
