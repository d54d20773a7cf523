using System.Net.Sockets;
using System.Text;
using Hedge.Host.Settings;

namespace Hedge.Host.Hosting;

/// <summary>Tells systemd when the server is ready and when it stops, by datagrams to the socket that
/// NOTIFY_SOCKET names (sd_notify(3)).</summary>
internal sealed class Supervisor
{
    private readonly string? _socket;
    private readonly ServerLog _log;

    private Supervisor(string? socket, ServerLog log)
    {
        _socket = socket;
        _log = log;
    }

    /// <summary>What supervises this process, as the setting says.</summary>
    public static Supervisor Of(Supervision supervision, string? socket, ServerLog log)
    {
        bool isNamed = !string.IsNullOrEmpty(socket);
        if (supervision == Supervision.Systemd && !isNamed)
            log.Warning("systemd supervision requested or auto-detected, but NOTIFY_SOCKET is not set");
        return new Supervisor(supervision != Supervision.No && isNamed ? socket : null, log);
    }

    /// <summary>True when somebody is told.</summary>
    public bool IsThere => _socket is not null;

    /// <summary>Clients are served.</summary>
    public void Ready() => Tell("READY=1\nSTATUS=Ready to accept connections\n");

    /// <summary>The end begins.</summary>
    public void Stopping() => Tell("STOPPING=1\n");

    private void Tell(string state)
    {
        if (_socket is null) return;
        // '@' stands for the zero byte of a name that is in no file system.
        string path = _socket[0] == '@' ? '\0' + _socket[1..] : _socket;
        try
        {
            using Socket sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            sender.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path));
        }
        catch (Exception problem) when (problem is SocketException or ArgumentException)
        {
            _log.Warning($"Can't tell systemd through {_socket}: {problem.Message}");
        }
    }
}
