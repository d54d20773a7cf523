using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;

namespace Hedge.Tests.Monitoring;

/// <summary>A server in a process of its own that serves metrics.</summary>
internal sealed class MonitoredProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = Patience };

    private MonitoredProcess(ServerProcess server, int port)
    {
        Server = server;
        Port = port;
    }

    public ServerProcess Server { get; }

    /// <summary>metrics-port.</summary>
    public int Port { get; }

    public static async Task<MonitoredProcess> StartAsync(string? password = null,
        params (string Name, string Value)[] settings)
    {
        int port = ServerProcess.FreePort();
        string text = port.ToString(CultureInfo.InvariantCulture);
        ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Settings = [("metrics-port", text), .. settings],
        }, password);
        await server.SaysAsync("Metrics, health and a page: ");
        return new MonitoredProcess(server, port);
    }

    public Task<TestConnection> ConnectAsync() => Server.ConnectAsync();

    /// <summary>Asks for a path.</summary>
    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path, string? user = null,
        string? accept = null, string? host = null)
    {
        using HttpResponseMessage answer = await SendAsync(path, user, accept, host);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As <see cref="GetAsync"/>, with the headers.</summary>
    public Task<HttpResponseMessage> SendAsync(string path, string? user = null, string? accept = null,
        string? host = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get,
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}"));
        if (user != null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
        }

        if (accept != null) request.Headers.Accept.ParseAdd(accept);
        if (host != null) request.Headers.Host = host;
        return _http.SendAsync(request);
    }

    /// <summary>Asks until the status is as wanted.</summary>
    public async Task<string> UntilAsync(string path, HttpStatusCode wanted)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (true)
        {
            (HttpStatusCode status, string text) = await GetAsync(path);
            if (status == wanted) return text;
            if (DateTime.UtcNow > end) throw new TimeoutException($"{path} stays {status}: {text}");
            await Task.Delay(Pause);
        }
    }

    public async Task<MetricsPage> MetricsAsync() => new((await GetAsync("/metrics")).Text);

    /// <summary>INFO's fields.</summary>
    public static async Task<Dictionary<string, string>> InfoAsync(TestConnection client)
    {
        RespValue reply = await client.CallAsync("INFO", "EVERYTHING");
        return reply.Text.Split("\r\n").Where(line => line.Contains(':', StringComparison.Ordinal))
            .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    public void Dispose()
    {
        _http.Dispose();
        Server.Dispose();
    }
}
