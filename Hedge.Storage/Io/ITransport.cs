using System.Net;

namespace Hedge.Storage.Io;

/// <summary>An accepted socket that no core has adopted yet. It may be handed to another core.</summary>
public abstract class AcceptedSocket : IDisposable
{
    /// <summary>The client's address; for a Unix socket that of the server, since clients have
    /// none.</summary>
    public abstract EndPoint Remote { get; }

    /// <summary>The server's address.</summary>
    public abstract EndPoint Local { get; }

    /// <summary>The client speaks TLS.</summary>
    public abstract bool IsEncrypted { get; }

    /// <summary>The file descriptor shown to users (CLIENT LIST's fd), or -1.</summary>
    public abstract int Descriptor { get; }

    /// <summary>Tells the client why it is not served, and closes the socket at once: a descriptor that
    /// stays open for a client that is refused is one that nobody has budgeted.</summary>
    /// <param name="reason">The text, which is short enough for any new socket's buffer.</param>
    public abstract void Refuse(ReadOnlySpan<byte> reason);

    /// <summary>Closes the socket if no core has adopted it.</summary>
    public abstract void Dispose();
}

/// <summary>
/// A core's connections: bytes in and bytes out. The core chooses a connection's number (a small integer)
/// in <see cref="Adopt"/> and may reuse it after <see cref="ITransportHandler.Closed"/>.
/// </summary>
public interface ITransport
{
    /// <summary>Accepts clients from these sockets and from no others; accepted ones go to the handler. A
    /// socket that it no longer accepts from is stopped.</summary>
    void AcceptFrom(IReadOnlyList<ListeningSocket> sockets);

    /// <summary>Takes over a socket and starts to receive; output goes through the returned buffer.</summary>
    /// <param name="socket">An accepted socket of this or another core's transport of the same kind.</param>
    /// <param name="connection">The index that names the connection in all further calls;
    /// below 1,048,576.</param>
    /// <param name="keepAliveSeconds">TCP keep-alive interval (tcp-keepalive), 0 for none.</param>
    OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds);

    /// <summary>
    /// Sends the first <paramref name="length"/> unsent bytes of the connection's output buffer as soon as
    /// the socket takes them. The connection's earlier bytes go first. Bytes leave the buffer when the
    /// kernel has taken them, so <see cref="OutputBuffer.Length"/> counts the bytes that the kernel has not
    /// taken yet.
    /// </summary>
    void Flush(int connection, long length);

    /// <summary>Stops receiving (back-pressure). Bytes already received may still be delivered.</summary>
    void PauseReceive(int connection);

    /// <summary>Receives again.</summary>
    void ResumeReceive(int connection);

    /// <summary>
    /// Closes the connection: with <paramref name="abort"/> at once, otherwise after all flushed bytes have
    /// been sent. <see cref="ITransportHandler.Closed"/> follows in a later poll, when the kernel no longer
    /// uses the connection's buffers.
    /// </summary>
    void Close(int connection, bool abort);
}

/// <summary>Receives a core's socket events, on the core's thread, from <see cref="ICoreIo.Poll"/>.</summary>
public interface ITransportHandler
{
    /// <summary>A client connected. The handler adopts, hands on, or disposes the socket.</summary>
    void Accepted(AcceptedSocket socket);

    /// <summary>Bytes arrived. They stay in place until <see cref="EndOfBatch"/> returns.</summary>
    // SAFETY: the transport keeps the bytes in place until EndOfBatch returns.
    unsafe void Received(int connection, byte* data, int length);

    /// <summary>The client has closed its sending side or the socket failed; nothing more will be received.
    /// The handler answers with <see cref="ITransport.Close"/>.</summary>
    void Hangup(int connection, int errno);

    /// <summary>The connection's bytes have left the output buffer, after the socket had refused them for a
    /// while.</summary>
    void Drained(int connection);

    /// <summary>The connection is gone and its index free.</summary>
    void Closed(int connection);

    /// <summary>The end of a batch of <see cref="Received"/> calls. Received bytes that are not copied by
    /// now are lost.</summary>
    void EndOfBatch();
}
