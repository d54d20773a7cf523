using System.Collections.Concurrent;

namespace Hedge.Storage.Io.Portable;

/// <summary>An event that a thread-pool thread posts to a core.</summary>
internal enum PortableEventKind : byte
{
    Accepted,
    Readable,
    Writable,
    Ended,
    DiskDone,
}

/// <summary>One event and the object that it concerns.</summary>
internal readonly record struct PortableEvent(PortableEventKind Kind, object Subject);

/// <summary>
/// A core's inbox: any thread posts, the core takes. The core sleeps on it. The first thread that signals
/// after a sleep wakes the core; the others see that it was woken. The flag is cleared after the sleep and
/// before the core looks into any inbox, so that the core finds events whose sender relied on another
/// thread's signal.
/// </summary>
internal sealed class PortableEvents : IDisposable
{
    private readonly ConcurrentQueue<PortableEvent> _events = new();
    private readonly SemaphoreSlim _gate = new(0);
    private int _isSignaled;

    /// <summary>Events posted and not yet taken.</summary>
    public int Count => _events.Count;

    /// <summary>Posts an event and wakes the core. Any thread.</summary>
    public void Post(PortableEventKind kind, object subject)
    {
        _events.Enqueue(new PortableEvent(kind, subject));
        Signal();
    }

    /// <summary>Ends the current or the next sleep. Any thread.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _isSignaled, 1) != 0) return;
        try
        {
            _gate.Release();
        }
        catch (ObjectDisposedException)
        {
            // The core has ended, so there is nothing to wake.
        }
    }

    /// <summary>Takes the oldest event.</summary>
    public bool TryTake(out PortableEvent taken) => _events.TryDequeue(out taken);

    /// <summary>
    /// Sleeps until a signal or the time-out (rounded up to milliseconds; negative for no limit).
    /// </summary>
    public void Sleep(long timeoutMicroseconds)
    {
        if (timeoutMicroseconds == 0) return;
        int milliseconds = timeoutMicroseconds < 0
            ? Timeout.Infinite
            : (int)Math.Min(int.MaxValue, (timeoutMicroseconds + 999) / 1000);
        if (_gate.Wait(milliseconds)) Interlocked.Exchange(ref _isSignaled, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
