namespace Hedge.Storage.Io;

/// <summary>
/// Everything outside the process that one core owns: its sockets, its file operations, its sleep and its
/// wake-up. The core's thread makes and uses it. Other threads may call only <see cref="Wake"/>.
/// </summary>
public interface ICoreIo : IDisposable
{
    /// <summary>The core's asynchronous file operations.</summary>
    IDiskQueue Disk { get; }

    /// <summary>The core's connections.</summary>
    ITransport Transport { get; }

    /// <summary>
    /// Delivers completed operations, without blocking: disk operations to their
    /// <see cref="DiskOperation"/>, socket events to <paramref name="handler"/>. Received bytes stay valid
    /// until the handler's
    /// <see cref="ITransportHandler.EndOfBatch"/> returns. After that the handler hears of ends, drains and
    /// closes. Returns the number of events delivered.
    /// </summary>
    int Poll(ITransportHandler handler);

    /// <summary>Hands everything queued since the last call to the kernel without waiting (one system
    /// call).</summary>
    void Submit();

    /// <summary>Submits, then sleeps until an event, a <see cref="Wake"/> or the time-out. May return
    /// earlier: the runtime's signals interrupt it.</summary>
    /// <param name="timeoutMicroseconds">The longest sleep; negative for no limit.</param>
    /// <param name="events">A hint. When it is more than one, that many events are likely to come at once,
    /// and the sleep may go on for up to <see cref="GatherMicroseconds"/> after the first so that one turn
    /// serves all.</param>
    void Wait(long timeoutMicroseconds, int events = 1);

    /// <summary>The longest time that an event waits for others, in microseconds.</summary>
    const long GatherMicroseconds = 50;

    /// <summary>Ends the current or the next <see cref="Wait"/>. Any thread.</summary>
    void Wake();
}
