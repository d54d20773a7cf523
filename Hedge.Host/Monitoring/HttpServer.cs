using System.Net;
using System.Net.Sockets;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hedge.Host.Monitoring;

/// <summary>
/// Serves HTTP on metrics-port (Kestrel). Connections are few, requests short, and whoever is slow is
/// disconnected. The sockets are bound at once, at start or by CONFIG SET, which fails when they cannot be;
/// what serves them starts and ends on the thread pool. While metrics-port is 0, nothing of it is loaded.
/// </summary>
internal sealed class HttpServer(MonitoredServer monitored) : IAsyncDisposable
{
    private const int Backlog = 64;
    private const int ConnectionsMax = 32;
    private const int HeadersMax = 64;
    private const int HeaderBytesMax = 16 * 1024;
    private const int LineBytesMax = 4 * 1024;
    private const double AnswerBytesPerSecondMin = 1024;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly HttpRequests _requests = new(monitored);
    private readonly Lock _changing = new();
    private Socket[] _sockets = [];
    private Task _work = Task.CompletedTask;
    private KestrelServer? _kestrel;
    private bool _isOpen;

    /// <summary>Begins to serve, if the settings say so, and to follow them.</summary>
    /// <exception cref="IOException">The port cannot be listened on.</exception>
    public void Open()
    {
        Server server = monitored.Server;
        _isOpen = true;
        _sockets = Bind(server.Settings.Current.Metrics);
        server.Settings.Appliers.Add(TryFollow);
        if (_sockets.Length > 0) Serve(_sockets);
    }

    /// <summary>Gathers no more figures: the cores are about to end. Whether the server is ready is still
    /// told.</summary>
    public void StopGathering() => _requests.StopGathering();

    public async ValueTask DisposeAsync()
    {
        if (!_isOpen) return;
        _isOpen = false;
        Close(_sockets);
        Serve([]);
        await _work;
    }

    private static void Close(Socket[] sockets)
    {
        foreach (Socket socket in sockets) socket.Dispose();
    }

    private static Socket[] Bind(MetricsSettings settings)
    {
        if (settings.Port == 0) return [];
        var sockets = new List<Socket>();
        foreach (BindAddress bind in settings.Bind)
        {
            var socket = new Socket(bind.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (bind.Address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
                socket.Bind(new IPEndPoint(bind.Address, settings.Port));
                socket.Listen(Backlog);
                sockets.Add(socket);
            }
            catch (SocketException problem)
            {
                socket.Dispose();
                bool isNotThere = problem.SocketErrorCode
                    is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
                if (bind.IsOptional && isNotThere) continue;
                Close([.. sockets]);
                throw new IOException(
                    $"metrics cannot be served on {bind.Address}, port {settings.Port}: {problem.Message}",
                    problem);
            }
        }

        return [.. sockets];
    }

    private (string Name, string Problem)? TryFollow(ServerSettings before, ServerSettings after)
    {
        if (!_isOpen || before.Metrics == after.Metrics) return null;
        bool isBound = true;
        // An address may stand in the way of a new one (127.0.0.1 of *), so the old ones go first.
        Close(_sockets);
        try
        {
            _sockets = Bind(after.Metrics);
        }
        catch (IOException problem)
        {
            monitored.Server.Log(LogLevel.Warning, $"Metrics stay where they were: {problem.Message}");
            isBound = false;
            _sockets = BindAgain(before.Metrics);
        }

        Serve(_sockets);
        if (isBound) return null;
        return before.Metrics.Port != after.Metrics.Port
            ? (NetworkDeclarations.MetricsPort.Name, "Unable to listen on this port. Check server logs.")
            : (NetworkDeclarations.MetricsBind.Name, "Failed to bind to specified addresses.");
    }

    private Socket[] BindAgain(MetricsSettings settings)
    {
        try
        {
            return Bind(settings);
        }
        catch (IOException problem)
        {
            monitored.Server.Log(LogLevel.Warning, $"Metrics are not served any more: {problem.Message}");
            return [];
        }
    }

    // One after the other, in the order in which they were asked for.
    private void Serve(Socket[] sockets)
    {
        lock (_changing)
        {
            _work = _work.ContinueWith(_ => RestartAsync(sockets), CancellationToken.None,
                TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        }
    }

    private async Task RestartAsync(Socket[] sockets)
    {
        try
        {
            if (_kestrel is { } old)
            {
                using var patience = new CancellationTokenSource(StopTimeout);
                await old.StopAsync(patience.Token);
                old.Dispose();
                _kestrel = null;
            }

            if (sockets.Length == 0) return;
            _kestrel = MakeKestrel(sockets);
            await _kestrel.StartAsync(_requests, CancellationToken.None);
            IEnumerable<string> places = sockets.Select(socket => $"http://{socket.LocalEndPoint}/");
            monitored.Server.Log(LogLevel.Notice, $"Metrics, health and a page: {string.Join(", ", places)}");
        }
        catch (Exception problem) when (problem is IOException or ObjectDisposedException or SocketException)
        {
            monitored.Server.Log(LogLevel.Warning, $"Metrics are not served: {problem.Message}");
        }
    }

    private static KestrelServer MakeKestrel(Socket[] sockets)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        KestrelServerLimits limits = options.Limits;
        limits.MaxConcurrentConnections = ConnectionsMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestLineSize = LineBytesMax;
        limits.MaxRequestBodySize = 0;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        limits.MinResponseDataRate = new MinDataRate(AnswerBytesPerSecondMin, HeadersTimeout);
        var bound = sockets.ToDictionary(socket => (IPEndPoint)socket.LocalEndPoint!);
        foreach (IPEndPoint address in bound.Keys)
            options.Listen(address, static listen => listen.Protocols = HttpProtocols.Http1);
        var transport = new SocketTransportOptions
        {
            Backlog = Backlog,
            IOQueueCount = 1,
            CreateBoundListenSocket = address => bound[(IPEndPoint)address],
        };
        IConnectionListenerFactory factory =
            new SocketTransportFactory(Options.Create(transport), NullLoggerFactory.Instance);
        return new KestrelServer(Options.Create(options), factory, NullLoggerFactory.Instance);
    }
}
