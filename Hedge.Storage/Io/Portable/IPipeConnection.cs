using System.IO.Pipelines;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A socket seen as a pair of pipes. <see cref="SocketPipe"/> is ours; a socket-to-pipe library's connection
/// fits behind the same three members, and nothing else knows how bytes get from the socket into the pipes
/// and back.
/// </summary>
internal interface IPipeConnection : IDuplexPipe
{
    /// <summary>Ends when the socket is closed, whatever the reason. Never fails.</summary>
    /// <remarks>That follows once the core has completed its writer and reader and all bytes are sent, or
    /// <see cref="Abort"/> was called, or both directions have failed.</remarks>
    Task Ended { get; }

    /// <summary>Closes the socket at once. Any thread.</summary>
    void Abort();
}
