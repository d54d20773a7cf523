using System.Diagnostics;

namespace Hedge.Host.Tools;

/// <summary>The command that is the server: its words, and where it tells what is wrong with them.</summary>
internal delegate Task<int> ServerStart(IReadOnlyList<string> words, TextWriter errors);

/// <summary>A server on a data directory that nobody serves, for as long as a tool needs it: in this process,
/// reached through a socket of its own.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Task<int> _server;
    private readonly StringWriter _errors;

    private LocalServer(string folder, Task<int> server, StringWriter errors)
    {
        _folder = folder;
        _server = server;
        _errors = errors;
    }

    /// <summary>Its address.</summary>
    public ServerAddress Address => new("", 0, Path.Combine(_folder, "socket"), "", null, UsesTls: false);

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="start">Starts a server.</param>
    /// <param name="directory">The data directory, which is made when it is not there.</param>
    /// <param name="words">More settings, as on the command line.</param>
    /// <exception cref="ToolException">It does not start.</exception>
    public static async Task<LocalServer> StartAsync(
        ServerStart start, string directory, IReadOnlyList<string> words)
    {
        string folder = Directory.CreateTempSubdirectory("hedge-").FullName;
        string log = Path.Combine(folder, "log");
        var errors = new StringWriter();
        string[] all =
        [
            .. words, "--dir", directory, "--port", "0", "--tls-port", "0", "--requirepass", "",
            "--unixsocket", Path.Combine(folder, "socket"), "--unixsocketperm", "600", "--logfile", log,
        ];
        var server = new LocalServer(folder, Task.Run(() => start(all, errors)), errors);
        var watch = Stopwatch.StartNew();
        while (!server._server.IsCompleted)
        {
            if (File.Exists(server.Address.Path))
            {
                try
                {
                    ToolConnection.Open(server.Address, ToolTls.Usual).Dispose();
                    return server;
                }
                catch (ToolException) when (watch.Elapsed < TimeSpan.FromHours(1))
                {
                    // It is loading.
                }
            }

            await Task.Delay(10);
        }

        string said = errors + (File.Exists(log) ? await File.ReadAllTextAsync(log) : "");
        Directory.Delete(folder, recursive: true);
        throw new ToolException($"no server can start on {directory}: {said.Trim()}");
    }

    /// <summary>Stops it: all is durable then.</summary>
    /// <exception cref="ToolException">It could not make everything durable.</exception>
    public async Task StopAsync()
    {
        using (var connection = ToolConnection.Open(Address, ToolTls.Usual))
        {
            // Then the next start has no log to replay.
            connection.Require("SAVE");
            try
            {
                throw new ToolException($"the directory is not whole: {connection.Call("SHUTDOWN").Text}");
            }
            catch (IOException)
            {
                // It answers only when it fails.
            }
        }

        int code = await _server;
        if (code != 0) throw new ToolException($"the directory is not whole: {_errors}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_server.IsCompleted) await StopAsync();
        }
        catch (ToolException)
        {
            // Who wants to know has stopped it himself.
        }

        Directory.Delete(_folder, recursive: true);
    }
}
