using System.Net;

namespace Hedge.Storage.Io;

/// <summary>What to listen on.</summary>
/// <param name="EndPoint">An <see cref="IPEndPoint"/>, of which port 0 is any free one, or a
/// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</param>
/// <param name="Backlog">Clients that may wait to be accepted.</param>
public sealed record ListenAddress(EndPoint EndPoint, int Backlog)
{
    /// <summary>Clients speak TLS.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Rights of a Unix socket's file; null leaves them as the process's mask makes them.</summary>
    public UnixFileMode? Rights { get; init; }

    /// <summary>Mark of the packets (SO_MARK); 0 for none.</summary>
    public uint Mark { get; init; }
}

/// <summary>
/// A socket that clients connect to. Any thread may make one and stop it; one core accepts its clients
/// (<see cref="ITransport.AcceptFrom"/>).
/// </summary>
public abstract class ListeningSocket(ListenAddress asked, EndPoint bound)
{
    private volatile bool _isStopped;

    /// <summary>What was asked for.</summary>
    public ListenAddress Asked => asked;

    /// <summary>The bound address: a port 0 is resolved.</summary>
    public EndPoint Bound => bound;

    /// <summary>True after <see cref="Stop"/>.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Refuses new clients from now on; another socket may listen on the address as soon as this
    /// returns. Any thread.</summary>
    public void Stop()
    {
        if (_isStopped) return;
        _isStopped = true;
        Close();
    }

    /// <summary>Gives up the address. Called once.</summary>
    protected abstract void Close();
}
