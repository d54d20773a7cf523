using Hedge.Storage.Io.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Wakes a core from its sleep, with an eventfd that the ring reads. At most one write is under way: the
/// first thread that wakes the core after a wake-up writes, and the others see that it has.
/// </summary>
// SAFETY: the counter lies in native memory that is freed only when no read is under way.
internal sealed unsafe class WakeDescriptor : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly AlignedBuffer _counter = new(sizeof(ulong));
    private int _isSignaled;
    private bool _isPending;
    private bool _isObserved;

    private WakeDescriptor(SafeFileHandle handle) => _handle = handle;

    /// <summary>True while the ring reads the counter.</summary>
    public bool IsArmed { get; private set; }

    /// <summary>Makes the descriptor, or returns null and <paramref name="errno"/>.</summary>
    public static WakeDescriptor? TryCreate(out int errno)
    {
        // The descriptor blocks: for a non-blocking one the ring would return EAGAIN instead of waiting.
        int descriptor = Libc.EventDescriptor(0, SocketConstants.CloseOnExec);
        errno = descriptor < 0 ? Libc.LastError : 0;
        return descriptor < 0 ? null : new WakeDescriptor(new SafeFileHandle(descriptor, ownsHandle: true));
    }

    /// <summary>Ends the current or the next sleep. Any thread, even when the core is gone.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _isSignaled, 1) != 0) return;
        bool isHeld = false;
        try
        {
            // Prevents that the descriptor is closed, and its number given to another file, during the
            // write.
            _handle.DangerousAddRef(ref isHeld);
            ulong one = 1;
            _ = Libc.Write((int)_handle.DangerousGetHandle(), &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The core has ended, so there is nothing to wake.
        }
        finally
        {
            if (isHeld) _handle.DangerousRelease();
        }
    }

    /// <summary>Starts to read the counter.</summary>
    public void Arm(Ring ring)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.Read;
        entry->Descriptor = (int)_handle.DangerousGetHandle();
        entry->Address = (ulong)_counter.Pointer;
        entry->Length = sizeof(ulong);
        entry->UserData = new Token(TokenKind.Wake, 0, 0).Value;
        IsArmed = true;
    }

    /// <summary>
    /// The read's completion has ended a sleep; from here on a signal writes again. The core calls this
    /// before it looks at its mailboxes, so that it finds mail whose sender saw that the core had been
    /// woken already.
    /// </summary>
    public void Observe()
    {
        _isObserved = true;
        Interlocked.Exchange(ref _isSignaled, 0);
    }

    /// <summary>Takes the read's completion. If no sleep has seen it, the next sleep ends at
    /// once.</summary>
    public void Complete()
    {
        IsArmed = false;
        if (!_isObserved)
        {
            _isPending = true;
            Interlocked.Exchange(ref _isSignaled, 0);
        }

        _isObserved = false;
    }

    /// <summary>True once after a wake-up: the core must not start the sleep that the wake-up was meant
    /// for.</summary>
    public bool TakePending()
    {
        bool wasPending = _isPending;
        _isPending = false;
        return wasPending;
    }

    /// <summary>Ends the read.</summary>
    public void Cancel(Ring ring)
    {
        if (IsArmed) UringReceiver.Cancel(ring, new Token(TokenKind.Wake, 0, 0).Value);
    }

    /// <summary>
    /// Closes the descriptor, and frees the counter unless the kernel may still write to it.
    /// </summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!IsArmed) _counter.Dispose();
    }
}
