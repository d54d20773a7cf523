namespace Hedge.Storage.Io;

/// <summary>
/// Everything outside the process that one core owns: its sockets, its file operations, its sleep and its
/// wake-up. Made and used on the core's thread; only <see cref="Wake"/> may be called from elsewhere.
/// </summary>
public interface ICoreIo : IDisposable
{
    /// <summary>The core's asynchronous file operations.</summary>
    IDiskQueue Disk { get; }

    /// <summary>The core's connections.</summary>
    ITransport Transport { get; }

    /// <summary>
    /// Delivers what has completed, without blocking: disk operations to their <see cref="DiskOperation"/>,
    /// socket events to <paramref name="handler"/>. Received bytes stay valid until the handler's
    /// <see cref="ITransportHandler.EndOfBatch"/> returns; the batch's ends, drains and closes are told after
    /// that. Returns the number of events delivered.
    /// </summary>
    int Poll(ITransportHandler handler);

    /// <summary>Hands everything queued since the last call to the kernel without waiting (one system
    /// call).</summary>
    void Submit();

    /// <summary>Submits, then sleeps until an event, a <see cref="Wake"/> or the time-out. May return
    /// earlier: the runtime's signals interrupt it.</summary>
    /// <param name="timeoutMicroseconds">The longest sleep; negative for no limit.</param>
    void Wait(long timeoutMicroseconds);

    /// <summary>Ends the current or the next <see cref="Wait"/>. Any thread.</summary>
    void Wake();
}
