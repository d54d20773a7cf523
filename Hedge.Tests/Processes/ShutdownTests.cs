using System.Diagnostics;
using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>SHUTDOWN's forms, signals during it, and DEBUG SLEEP; the same of redis-server, which says what
/// is right.</summary>
[TestFixture(ServerKind.Redis)]
[TestFixture(ServerKind.Hedge)]
[Category("process")]
public sealed class ShutdownTests(ServerKind kind)
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-process-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [Test]
    public async Task What_is_no_shutdown_is_answered_and_the_server_goes_on()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection connection = await server.ConnectAsync();
        foreach (string line in (string[])
            ["NOSAVE SAVE", "ABORT NOW", "ABORT FORCE", "ABORT SAVE", "NOW ABORT", "LATER", "NOW LATER"])
            Assert.That(await Ask(connection, "SHUTDOWN " + line), Is.EqualTo("ERR syntax error"), line);
        foreach (string line in (string[])["SHUTDOWN ABORT", "shutdown abort abort"])
            Assert.That(await Ask(connection, line), Is.EqualTo("ERR No shutdown in progress."));
        Assert.That(await Ask(connection, "MULTI"), Is.EqualTo("OK"));
        Assert.That(await Ask(connection, "SHUTDOWN"),
            Is.EqualTo("ERR Command not allowed inside a transaction"));
        Assert.That(await Ask(connection, "EXEC"), Does.StartWith("EXECABORT"));
        Assert.That(await Ask(connection, "PING"), Is.EqualTo("PONG"));
    }

    [TestCase("SHUTDOWN NOW")]
    [TestCase("SHUTDOWN FORCE")]
    [TestCase("SHUTDOWN NOW FORCE NOSAVE")]
    [TestCase("shutdown now save")]
    public async Task Every_form_ends_the_process_without_a_reply_and_keeps_the_data(string line)
    {
        using (ServerProcess server = await StartAsync())
        {
            await using TestConnection connection = await server.ConnectAsync();
            await using TestConnection other = await server.ConnectAsync();
            Assert.That(await Ask(connection, "SET key value"), Is.EqualTo("OK"));
            Assert.That(await Ask(other, "PING"), Is.EqualTo("PONG"));
            connection.Send(line.Split(' '));
            Assert.That((await connection.ReadToEndAsync()).Length, Is.Zero);
            Assert.That((await other.ReadToEndAsync()).Length, Is.Zero, "other clients read the end too");
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await StartAsync();
        await using TestConnection second = await again.ConnectAsync();
        Assert.That(await Ask(second, "GET key"), Is.EqualTo("value"));
    }

    [Test]
    public async Task Further_signals_during_the_end_change_nothing()
    {
        using (ServerProcess server = await StartAsync())
        {
            await using TestConnection connection = await server.ConnectAsync();
            for (int i = 0; i < 5000; i++) connection.Send("SET", $"key:{i}", "value");
            for (int i = 0; i < 5000; i++) await connection.ReadAsync();
            string kill = string.Create(CultureInfo.InvariantCulture, $"kill -TERM {server.Id}");
            using var signals = Process.Start("sh", ["-c", $"{kill}; {kill}; {kill}; true"]);
            await signals.WaitForExitAsync();
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await StartAsync();
        await using TestConnection second = await again.ConnectAsync();
        Assert.That(await Ask(second, "DBSIZE"), Is.EqualTo("5000"));
    }

    [Test]
    public async Task DEBUG_SLEEP_keeps_its_core_s_clients_waiting()
    {
        using ServerProcess server = await StartAsync(("cores", "1"));
        await using TestConnection sleeper = await server.ConnectAsync();
        await using TestConnection other = await server.ConnectAsync();
        var watch = Stopwatch.StartNew();
        sleeper.Send("DEBUG", "SLEEP", "0.3");
        Task<RespValue> slept = sleeper.ReadAsync();
        other.Send("PING");
        Assert.That((await slept).Text, Is.EqualTo("OK"));
        Assert.That(watch.Elapsed.TotalSeconds, Is.GreaterThan(0.29));
        Assert.That((await other.ReadAsync()).Text, Is.EqualTo("PONG"));
        foreach (string time in (string[])["0", "-1", "x", "0.001"])
            Assert.That(await Ask(sleeper, $"DEBUG SLEEP {time}"), Is.EqualTo("OK"), time);
        Assert.That(await Ask(sleeper, "DEBUG SLEEP"), Does.StartWith("ERR"));
    }

    private static async Task<string> Ask(TestConnection connection, string line)
    {
        RespValue reply = await connection.CallAsync(line.Split(' '));
        return reply.Kind == RespKind.Integer
            ? reply.Integer.ToString(CultureInfo.InvariantCulture)
            : reply.Text ?? "";
    }

    private Task<ServerProcess> StartAsync(params (string, string)[] settings) =>
        ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = kind,
            Directory = _directory,
            Settings = [.. settings, ("enable-debug-command", "yes")],
        });
}
