using System.Net;
using System.Net.Sockets;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>The addresses that the server listens on: ports, Unix sockets, and changes of them.</summary>
[TestFixture("uring")]
[TestFixture("portable")]
[Category("process")]
internal sealed class ListenerTests(string io)
{
    private string _directory = "";

    private string Path => System.IO.Path.Combine(_directory, "hedge.sock");

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-socket-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [Test]
    public async Task Clients_of_a_unix_socket_are_served_and_shown_as_redis_shows_them()
    {
        string expected = "";
        foreach (ServerKind kind in (ServerKind[])[ServerKind.Redis, ServerKind.Hedge])
        {
            using ServerProcess server =
                await StartAsync(kind, ("unixsocket", Path), ("unixsocketperm", "700"));
            await using TestConnection client = await ConnectAsync();
            await using TestConnection monitor = await ConnectAsync();
            await client.CallAsync("CONFIG", "SET", "slowlog-log-slower-than", "0");
            await monitor.CallAsync("MONITOR");
            await client.CallAsync("SET", "a", "1");
            string[] line = (await client.CallAsync("CLIENT", "INFO")).Text.Split(' ');
            string monitored = (await monitor.ReadAsync()).Text.Split(' ', 2)[1];
            RespValue slow = (await client.CallAsync("SLOWLOG", "GET", "1")).Children[0];
            string shown = string.Join('\n', new FileInfo(Path).UnixFileMode, line[1], line[2], line[7],
                monitored, slow.Children[4].Text,
                (await client.CallAsync("CONFIG", "GET", "unixsocketperm")).ToString(),
                (await client.CallAsync("CONFIG", "SET", "unixsocket", "x")).Text);
            if (kind == ServerKind.Redis) expected = shown;
            else Assert.That(shown, Is.EqualTo(expected));
            Assert.That((await client.CallAsync("CLIENT", "KILL", "ADDR", $"{Path}:0")).Integer,
                Is.EqualTo(1), "the other one");
            Assert.That(await server.TerminateAsync(), Is.Zero);
            Assert.That(File.Exists(Path), Is.False, "the file goes with the server");
        }
    }

    [Test]
    public async Task A_file_that_a_killed_server_left_is_replaced_and_no_other_file_is()
    {
        using (ServerProcess killed = await StartAsync(ServerKind.Hedge, ("unixsocket", Path))) killed.Kill();
        Assert.That(File.Exists(Path), Is.True);
        using (ServerProcess next = await StartAsync(ServerKind.Hedge, ("unixsocket", Path)))
        {
            await using TestConnection client = await ConnectAsync();
            Assert.That((await client.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        }

        File.Delete(Path);
        await File.WriteAllTextAsync(Path, "precious");
        (int code, string output) = await ServerProcess.RunToEndAsync(
            new ServerLaunch { Settings = [("unixsocket", Path), ("io", io)] });
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain($"bind {Path}: File exists"));
        Assert.That(await File.ReadAllTextAsync(Path), Is.EqualTo("precious"));
    }

    [Test]
    public async Task Without_ports_there_is_only_the_unix_socket()
    {
        using ServerProcess server = await StartAsync(ServerKind.Hedge, ("unixsocket", Path));
        await using TestConnection client = await ConnectAsync();
        Assert.That((await client.CallAsync("CONFIG", "SET", "port", "0")).Text, Is.EqualTo("OK"));
        Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
        Assert.That((await client.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task Port_and_addresses_change_at_run_time_and_clients_stay()
    {
        using ServerProcess server = await StartAsync(ServerKind.Hedge);
        await using TestConnection old = await server.ConnectAsync();
        int second = ServerProcess.FreePort();
        await ChangeAsync(old, "port", $"{second}");
        Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
        await using TestConnection moved = await TestConnection.ConnectAsync(second);
        foreach (string bind in (string[])["*", "127.0.0.1", "127.0.0.2 127.0.0.3", "* -::*", "127.0.0.1"])
        {
            await ChangeAsync(moved, "bind", bind);
            Assert.That((await moved.CallAsync("CONFIG", "GET", "bind")).Children[1].Text, Is.EqualTo(bind));
            foreach (string address in (string[])["127.0.0.1", "127.0.0.2", "127.0.0.3"])
            {
                bool isMeant = bind.StartsWith('*') || bind.Contains(address, StringComparison.Ordinal);
                Assert.That(await AnswersAsync(address, second), Is.EqualTo(isMeant), $"{bind}: {address}");
            }
        }

        await ChangeAsync(old, "port", $"{server.Port}");
        Assert.That(await AnswersAsync("127.0.0.1", server.Port), Is.True);
        Assert.That((await old.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task A_change_that_fails_changes_nothing()
    {
        using ServerProcess server = await StartAsync(ServerKind.Hedge);
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using TestConnection client = await server.ConnectAsync();
        Assert.That((await client.CallAsync("CONFIG", "SET", "port", $"{port}", "hz", "50")).Text, Is.EqualTo(
            "ERR CONFIG SET failed (possibly related to argument 'port') - "
            + "Unable to listen on this port. Check server logs."));
        Assert.That((await client.CallAsync("CONFIG", "SET", "hz", "50", "bind", "203.0.113.7")).Text,
            Is.EqualTo("ERR CONFIG SET failed (possibly related to argument 'bind') - "
                + "Failed to bind to specified addresses."));
        await server.SaysAsync("Cannot assign requested address");
        RespValue now = await client.CallAsync("CONFIG", "GET", "hz", "port", "bind");
        Assert.That(now.Children.Select(c => c.Text), Is.SupersetOf((string[])["10", $"{server.Port}"]));
        Assert.That(await AnswersAsync("127.0.0.1", server.Port), Is.True);
        await ChangeAsync(client, "bind", "127.0.0.1 -203.0.113.7");
        Assert.That(await AnswersAsync("127.0.0.1", server.Port), Is.True);
    }

    [Test]
    public async Task An_optional_address_may_be_missing_at_the_start()
    {
        using ServerProcess server = await StartAsync(ServerKind.Hedge, ("bind", "-203.0.113.7 127.0.0.1"));
        Assert.That(await AnswersAsync("127.0.0.1", server.Port), Is.True);
        (int code, string output) = await ServerProcess.RunToEndAsync(
            new ServerLaunch { Settings = [("bind", "203.0.113.7"), ("io", io)] });
        Assert.That(code, Is.EqualTo(1), output);
    }

    [Test]
    public async Task Ports_change_while_clients_come_and_go()
    {
        using ServerProcess server = await StartAsync(ServerKind.Hedge, ("unixsocket", Path));
        await using TestConnection admin = await ConnectAsync();
        int[] ports = [server.Port, ServerProcess.FreePort()];
        using CancellationTokenSource ended = new();
        Task<int>[] clients = [.. Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            int served = 0;
            for (int turn = i; !ended.IsCancellationRequested; turn++)
                served += await AnswersAsync("127.0.0.1", ports[turn % 2]) ? 1 : 0;
            return served;
        }))];
        for (int i = 0; i < 60; i++) await ChangeAsync(admin, "port", $"{ports[(i + 1) % 2]}");
        await ended.CancelAsync();
        Assert.That((await Task.WhenAll(clients)).Sum(), Is.Positive);
        Assert.That(await AnswersAsync("127.0.0.1", server.Port), Is.True);
    }

    private static async Task ChangeAsync(TestConnection client, string name, string value) =>
        Assert.That((await client.CallAsync("CONFIG", "SET", name, value)).Text, Is.EqualTo("OK"));

    private static async Task<bool> AnswersAsync(string address, int port)
    {
        try
        {
            var end = new IPEndPoint(IPAddress.Parse(address), port);
            await using TestConnection client = await TestConnection.ConnectAsync(end);
            return (await client.CallAsync("PING")).Text == "PONG";
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private Task<TestConnection> ConnectAsync() =>
        TestConnection.ConnectAsync(new UnixDomainSocketEndPoint(Path));

    private Task<ServerProcess> StartAsync(ServerKind kind, params (string, string)[] settings) =>
        ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = kind,
            Settings = [.. settings, ("io", io), ("cores", "2")],
        });
}
