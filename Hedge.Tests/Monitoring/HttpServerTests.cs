using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>Who is answered on metrics-port, how it is changed, and what careless clients can do.</summary>
[TestFixture]
[Category("process")]
internal sealed class HttpServerTests
{
    [Test]
    public async Task Users_with_a_password_see_what_their_rights_allow()
    {
        using MonitoredProcess process =
            await MonitoredProcess.StartAsync("secret", ("requirepass", "secret"));
        await using TestConnection client = await process.ConnectAsync();
        await client.CallAsync("AUTH", "secret");
        await client.CallAsync("ACL", "SETUSER", "watcher", "on", ">look", "+info");
        await client.CallAsync("ACL", "SETUSER", "reader", "on", ">read", "+get", "~*");
        using HttpResponseMessage asked = await process.SendAsync("/metrics");
        Assert.That(asked.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(asked.Headers.WwwAuthenticate.ToString(), Does.StartWith("Basic realm=\"Hedge\""));
        Stopwatch watch = Stopwatch.StartNew();
        Assert.That((await process.GetAsync("/metrics", "default:wrong")).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(watch.ElapsedMilliseconds, Is.GreaterThan(900), "a wrong password costs time");
        Assert.That((await client.CallAsync("ACL", "LOG")).ToString(), Does.Contain("http"));
        foreach (string path in (string[])["/", "/metrics", "/stats.json"])
        {
            Assert.That((await process.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await process.GetAsync(path, "reader:read")).Status,
                Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That((await process.GetAsync(path, "default:secret")).Status,
                Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await process.GetAsync(path, ":secret")).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        string all = (await process.GetAsync("/stats.json", "default:secret")).Text;
        Assert.That(all, Does.Contain("\"slowCommands\"").And.Contain("\"clients\":["));
        string some = (await process.GetAsync("/stats.json", "watcher:look")).Text;
        Assert.That(some, Does.Contain("\"counters\"").And.Not.Contain("\"slowCommands\"")
            .And.Not.Contain("\"clients\":[{"));
    }

    [Test]
    public async Task Protected_mode_answers_this_machine_under_its_own_names_alone()
    {
        using MonitoredProcess process = await MonitoredProcess.StartAsync();
        string port = process.Port.ToString(CultureInfo.InvariantCulture);
        string[] own = ["localhost", $"localhost:{port}", $"127.0.0.1:{port}", $"[::1]:{port}"];
        foreach (string host in own)
        {
            Assert.That((await process.GetAsync("/stats.json", host: host)).Status,
                Is.EqualTo(HttpStatusCode.OK), host);
        }

        foreach (string host in (string[])["evil.example", $"localhost.evil.example:{port}"])
        {
            (HttpStatusCode status, string text) = await process.GetAsync("/stats.json", host: host);
            Assert.That(status, Is.EqualTo(HttpStatusCode.Forbidden), host);
            Assert.That(text, Does.StartWith("protected-mode: "));
        }

        await using TestConnection client = await process.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "protected-mode", "no");
        Assert.That((await process.GetAsync("/metrics", host: "evil.example")).Status,
            Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task The_port_is_changed_opened_and_closed_while_the_server_runs()
    {
        int first = ServerProcess.FreePort(), second = ServerProcess.FreePort();
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Kind = ServerKind.Hedge });
        await using TestConnection client = await server.ConnectAsync();
        Assert.That(await StatusAsync(first), Is.Null);
        await SetAsync(first, "OK");
        Assert.That(await StatusAsync(first), Is.EqualTo(HttpStatusCode.OK));
        await SetAsync(second, "OK");
        Assert.That(await StatusAsync(second), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(first), Is.Null);
        await SetAsync(server.Port, "ERR CONFIG SET failed (possibly related to argument 'metrics-port') - "
            + "Unable to listen on this port. Check server logs.");
        Assert.That(await StatusAsync(second), Is.EqualTo(HttpStatusCode.OK), "as before");
        Assert.That((await client.CallAsync("CONFIG", "SET", "metrics-bind", "*")).Text, Is.EqualTo("OK"));
        Assert.That(await StatusAsync(second), Is.EqualTo(HttpStatusCode.OK));
        await SetAsync(0, "OK");
        Assert.That(await StatusAsync(second), Is.Null);
        Assert.That(await server.TerminateAsync(), Is.Zero);

        async Task SetAsync(int port, string expected)
        {
            string text = port.ToString(CultureInfo.InvariantCulture);
            Assert.That((await client.CallAsync("CONFIG", "SET", "metrics-port", text)).Text,
                Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task A_port_that_is_taken_keeps_the_server_from_starting()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (int code, string output) = await ServerProcess.RunToEndAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Settings = [("metrics-port", port.ToString(CultureInfo.InvariantCulture))],
        });
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain($"metrics cannot be served on 127.0.0.1, port {port}: "));
    }

    [Test]
    public async Task Slow_long_and_many_requests_are_cut_off_and_clients_are_served_meanwhile()
    {
        using MonitoredProcess process = await MonitoredProcess.StartAsync();
        await using TestConnection client = await process.ConnectAsync();
        using (Socket slow = await ConnectAsync(process.Port))
        {
            Stopwatch watch = Stopwatch.StartNew();
            await slow.SendAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: "u8.ToArray());
            string answer = await ReadAsync(slow);
            Assert.That(answer, Is.Empty.Or.StartWith("HTTP/1.1 408 "));
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(15)));
        }

        using (Socket tall = await ConnectAsync(process.Port))
        {
            await tall.SendAsync(Encoding.ASCII.GetBytes($"GET /{new string('a', 8000)} HTTP/1.1\r\n\r\n"));
            Assert.That(await ReadAsync(tall), Does.StartWith("HTTP/1.1 414 "));
        }

        var many = new List<Socket>();
        for (int i = 0; i < 200; i++) many.Add(await ConnectAsync(process.Port));
        Assert.That((await client.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        foreach (Socket one in many) one.Dispose();
        await process.UntilAsync("/healthz", HttpStatusCode.OK);
    }

    // Null when nobody listens. A server that has just begun to may not have come to accepting yet.
    private static async Task<HttpStatusCode?> StatusAsync(int port)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        try
        {
            var address = new Uri($"http://127.0.0.1:{port}/readyz");
            using HttpResponseMessage answer = await http.GetAsync(address);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            int length = await socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token);
            return Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
