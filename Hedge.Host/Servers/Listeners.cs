using System.Net;
using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Tls;

namespace Hedge.Host.Servers;

/// <summary>
/// The sockets that clients connect to, and the certificates for those who speak TLS. The host opens them at
/// start; CONFIG SET, which holds all cores, changes them; core 0 accepts from them.
/// </summary>
internal sealed class Listeners
{
    private static readonly int[] NotOfThisMachine =
        [Errno.AddressNotAvailable, Errno.FamilyNotSupported, Errno.ProtocolNotSupported];

    private Func<ListenAddress, ListeningSocket>? _open;
    private ListeningSocket[] _sockets = [];
    private ListeningSocket[]? _served;

    /// <summary>The port of clients without TLS; 0 for none.</summary>
    public int Port { get; private set; }

    /// <summary>What new TLS connections are made of; null when there are none. Any core.</summary>
    public TlsContext? Tls { get; private set; }

    /// <summary>Writes a line of the server's log. Set by the host.</summary>
    public Action<LogLevel, string> Log { get; set; } = static (_, _) => { };

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">An address cannot be listened on, or the certificates cannot be
    /// used.</exception>
    public void Open(Func<ListenAddress, ListeningSocket> open, ServerSettings settings)
    {
        _open = open;
        if (settings.Network.TlsPort > 0) Tls = TlsContext.Create(settings.Tls);
        _sockets = OpenAll(settings.Network);
        if (_sockets.Length == 0) throw new IOException("there is no address to listen on");
    }

    /// <summary>Listens as the new settings say. Sockets whose address stays are kept.</summary>
    /// <returns>Null, or the setting that fails and CONFIG SET's text; then everything is as
    /// before.</returns>
    public (string Name, string Problem)? TryFollow(ServerSettings before, ServerSettings after)
    {
        if (_open == null) return null;
        TlsContext? tls = Tls;
        if (after.Network.TlsPort == 0) tls = null;
        else if (tls == null || after.Tls != before.Tls)
        {
            try
            {
                tls = TlsContext.Create(after.Tls);
            }
            catch (TlsException failure)
            {
                Log(LogLevel.Warning, $"TLS stays as it was: {failure.Message}");
                return (NameOfTls(before, after), "Unable to update TLS configuration. Check server logs.");
            }
        }

        if (after.Network != before.Network && !TryListen(before.Network, after.Network))
            return FailureOf(before.Network, after.Network);
        Tls = tls;
        Port = PortOf(_sockets);
        return null;
    }

    /// <summary>Has the transport accept from the sockets of now. For core 0, in each turn.</summary>
    public void Serve(ITransport transport)
    {
        if (ReferenceEquals(_sockets, _served)) return;
        _served = _sockets;
        transport.AcceptFrom(_sockets);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(" and ", _sockets.Select(Describe).Distinct());

    private static string Describe(ListeningSocket socket) => socket.Bound is not IPEndPoint internet
        ? $"{socket.Bound}" : $"port {internet.Port}" + (socket.Asked.IsEncrypted ? " with TLS" : "");

    private static int PortOf(IEnumerable<ListeningSocket> sockets) =>
        sockets.Where(s => !s.Asked.IsEncrypted).Select(s => s.Bound).OfType<IPEndPoint>()
            .FirstOrDefault()?.Port ?? 0;

    private static bool IsFor(ListeningSocket socket, ListenAddress address) =>
        socket.Bound.Equals(address.EndPoint) && socket.Asked.IsEncrypted == address.IsEncrypted;

    private static string NameOfTls(ServerSettings before, ServerSettings after) =>
        SettingDeclarations.All.First(s => s.Name.StartsWith("tls-", StringComparison.Ordinal)
            && !before.Value(s).Equals(after.Value(s))).Name;

    private static (string Name, string Problem) FailureOf(NetworkSettings before, NetworkSettings after) =>
        !before.Bind.SequenceEqual(after.Bind)
            ? (NetworkDeclarations.Bind.Name, "Failed to bind to specified addresses.")
            : (before.Port != after.Port ? NetworkDeclarations.Port.Name : NetworkDeclarations.TlsPort.Name,
                "Unable to listen on this port. Check server logs.");

    // An address may stand in the way of a new one (127.0.0.1 of *), so the old ones go first.
    private bool TryListen(NetworkSettings before, NetworkSettings after)
    {
        ListenAddress[] wanted = [.. after.Addresses(() => Port).Select(a => a.Address)];
        foreach (ListeningSocket socket in _sockets)
            if (!wanted.Any(address => IsFor(socket, address))) socket.Stop();
        ListeningSocket[] kept = [.. _sockets.Where(s => !s.IsStopped)];
        _sockets = kept;
        try
        {
            _sockets = OpenAll(after);
            if (_sockets.Length > 0) return true;
        }
        catch (ListenException failure)
        {
            Log(LogLevel.Warning, $"The addresses stay as they were: {failure.Message}");
        }

        _sockets = kept;
        try
        {
            _sockets = OpenAll(before);
        }
        catch (ListenException failure)
        {
            Log(LogLevel.Warning, $"An address is lost to another process: {failure.Message}");
        }

        return false;
    }

    // Those that are listened on already, and new ones for the others. On failure the new ones are closed.
    private ListeningSocket[] OpenAll(NetworkSettings settings)
    {
        var all = new List<ListeningSocket>();
        try
        {
            foreach ((ListenAddress asked, bool isOptional) in settings.Addresses(() => Port))
            {
                ListeningSocket? socket =
                    _sockets.FirstOrDefault(s => IsFor(s, asked)) ?? TryOpen(asked, isOptional);
                if (socket == null) continue;
                all.Add(socket);
                Port = PortOf(all);
            }

            return [.. all];
        }
        catch (ListenException)
        {
            foreach (ListeningSocket socket in all.Except(_sockets)) socket.Stop();
            Port = PortOf(_sockets);
            throw;
        }
    }

    private ListeningSocket? TryOpen(ListenAddress address, bool isOptional)
    {
        try
        {
            return _open!(address);
        }
        catch (ListenException failure) when (isOptional && NotOfThisMachine.Contains(failure.ErrorNumber))
        {
            Log(LogLevel.Notice, $"{failure.EndPoint} is not of this machine and is left out");
            return null;
        }
    }
}
