using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>How the server starts, refuses to start, and ends.</summary>
[TestFixture]
[Category("process")]
public sealed class StartAndStopTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-process-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [Test]
    public async Task It_starts_with_defaults_on_an_empty_directory_and_says_when_it_is_ready()
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        await using TestConnection connection = await server.ConnectAsync();
        Assert.That((await connection.CallAsync("SET", "key", "value")).Text, Is.EqualTo("OK"));
        Assert.That((await connection.CallAsync("GET", "key")).Text, Is.EqualTo("value"));
        Assert.That(server.Output, Does.Contain("Ready to accept connections"));
    }

    [Test]
    public async Task It_makes_a_data_directory_that_is_missing()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server doesn't");
        string missing = Path.Combine(_directory, "a", "b");
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch { Directory = missing });
        Assert.That(Directory.EnumerateFileSystemEntries(missing), Is.Not.Empty);
    }

    [TestCase("always")]
    [TestCase("everysec")]
    [TestCase("no")]
    public async Task Data_survives_the_end_by_signal(string sync)
    {
        var launch = new ServerLaunch { Directory = _directory, Settings = [("appendfsync", sync)] };
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection connection = await server.ConnectAsync();
            for (int i = 0; i < 1000; i++) connection.Send("SET", $"key:{i}", $"value:{i}");
            for (int i = 0; i < 1000; i++) Assert.That((await connection.ReadAsync()).Text, Is.EqualTo("OK"));
            await connection.CallAsync("EXPIRE", "key:7", "10000");
            await connection.CallAsync("DEL", "key:8");
            Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await ServerProcess.StartAsync(launch);
        await using TestConnection second = await again.ConnectAsync();
        Assert.That((await second.CallAsync("DBSIZE")).Integer, Is.EqualTo(999));
        for (int i = 0; i < 1000; i++) second.Send("GET", $"key:{i}");
        for (int i = 0; i < 1000; i++)
        {
            RespValue value = await second.ReadAsync();
            if (i == 8) Assert.That(value.IsNull);
            else Assert.That(value.Text, Is.EqualTo($"value:{i}"));
        }

        Assert.That((await second.CallAsync("TTL", "key:7")).Integer, Is.InRange(9900, 10_000));
    }

    [TestCase("SHUTDOWN")]
    [TestCase("SHUTDOWN NOSAVE")]
    [TestCase("SHUTDOWN SAVE")]
    public async Task Shutdown_ends_the_process_and_keeps_the_data(string command)
    {
        var launch = new ServerLaunch { Directory = _directory };
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection connection = await server.ConnectAsync();
            await connection.CallAsync("SET", "key", "value");
            connection.Send(command.Split(' '));
            Assert.That((await connection.ReadToEndAsync()).Length, Is.Zero, "no reply to SHUTDOWN");
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await ServerProcess.StartAsync(launch);
        await using TestConnection second = await again.ConnectAsync();
        Assert.That((await second.CallAsync("GET", "key")).Text, Is.EqualTo("value"));
    }

    [Test]
    public async Task A_second_process_on_the_same_directory_is_refused()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server doesn't look");
        var launch = new ServerLaunch { Directory = _directory };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain(_directory).And.Match("(?i)(use|lock|another|running)"));
        Assert.That(output, Does.Not.Contain("   at "), "a message, not a stack trace");
        await using TestConnection connection = await server.ConnectAsync();
        Assert.That((await connection.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task A_port_that_is_taken_is_named()
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        var launch = new ServerLaunch { Directory = _directory, Settings = [("port", $"{server.Port}")] };
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain($"{server.Port}"));
        Assert.That(output, Does.Not.Contain("   at "), "a message, not a stack trace");
    }

    [Test]
    public async Task Wrong_settings_are_all_named_and_the_server_does_not_start()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server names the first only");
        var launch = new ServerLaunch
        {
            Directory = _directory,
            Settings = [("appendfsync", "sometimes"), ("cores", "0"), ("no-such-thing", "1")],
        };
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("appendfsync").And.Contain("cores").And.Contain("no-such-thing"));
        Assert.That(output, Does.Not.Contain("Ready to accept connections"));
        Assert.That(Directory.EnumerateFileSystemEntries(_directory), Is.Empty, "nothing was touched");
    }

    [Test]
    public async Task Without_io_uring_it_says_so_and_works()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server has no io_uring");
        string script = Path.Combine(Repository.Root, "Hedge.Tests", "Processes", "deny-io-uring.py");
        var launch = new ServerLaunch
        {
            Directory = _directory,
            Launcher = ["python3", script],
            Settings = [("appendfsync", "always")],
        };
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection connection = await server.ConnectAsync();
            Assert.That((await connection.CallAsync("SET", "key", "value")).Text, Is.EqualTo("OK"));
            Assert.That((await connection.CallAsync("GET", "key")).Text, Is.EqualTo("value"));
            Assert.That(server.Output, Does.Contain("io_uring").And.Match("(?i)(portable|sockets)"));
            server.Kill();
        }

        using ServerProcess again = await ServerProcess.StartAsync(launch with { Launcher = [] });
        await using TestConnection second = await again.ConnectAsync();
        Assert.That(
            (await second.CallAsync("GET", "key")).Text, Is.EqualTo("value"), "both read the same files");
    }

    [Test]
    public async Task Asked_for_by_name_io_uring_is_not_replaced_in_silence()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server has no io_uring");
        string script = Path.Combine(Repository.Root, "Hedge.Tests", "Processes", "deny-io-uring.py");
        var launch = new ServerLaunch
        {
            Directory = _directory,
            Launcher = ["python3", script],
            Settings = [("io", "uring")],
        };
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("io_uring"));
    }
}
