namespace Hedge.Storage.Io;

/// <summary>
/// The handler of a core that is shutting down or has no connections. It ignores events and turns new
/// clients away.
/// </summary>
public sealed class IgnoringHandler : ITransportHandler
{
    /// <inheritdoc/>
    public void Accepted(AcceptedSocket socket) => socket.Dispose();

    /// <inheritdoc/>
    // SAFETY: the bytes are not looked at.
    public unsafe void Received(int connection, byte* data, int length)
    {
    }

    /// <inheritdoc/>
    public void Hangup(int connection, int errno)
    {
    }

    /// <inheritdoc/>
    public void Drained(int connection)
    {
    }

    /// <inheritdoc/>
    public void Closed(int connection)
    {
    }

    /// <inheritdoc/>
    public void EndOfBatch()
    {
    }
}
