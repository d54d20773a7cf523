using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Hosting;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io.Services;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>What the process does for those who manage it: its number in a file, messages to systemd, its
/// score for the kernel, lines for the system's log.</summary>
[TestFixture]
[Category("process")]
public sealed class ManagedProcessTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("Hedge's own texts");
        _directory = Directory.CreateTempSubdirectory("hedge-managed-").FullName;
    }

    [TearDown]
    public void RemoveDirectory()
    {
        if (_directory.Length > 0) Directory.Delete(_directory, true);
    }

    [Test]
    public async Task The_pidfile_holds_the_number_while_the_server_runs()
    {
        string path = Path.Combine(_directory, "hedge.pid");
        using ServerProcess server = await Start(("pidfile", path));
        Assert.That(File.ReadAllText(path), Is.EqualTo($"{server.Id}\n"));
        Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public async Task A_pidfile_that_cannot_be_written_is_a_warning()
    {
        using ServerProcess server = await Start(("pidfile", Path.Combine(_directory, "no", "hedge.pid")));
        await server.SaysAsync("The pidfile cannot be written");
    }

    [TestCase("systemd", "systemd")]
    [TestCase("auto", "systemd")]
    [TestCase("no", "no")]
    public async Task Systemd_is_told_when_the_server_is_ready_and_when_it_stops(string setting, string shown)
    {
        string path = Path.Combine(_directory, "notify");
        using Socket systemd = Listen(path);
        var launch = new ServerLaunch
        {
            Settings = [("supervised", setting)],
            Launcher = ["env", $"NOTIFY_SOCKET={path}"],
        };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection connection = await server.ConnectAsync();
        Assert.That((await connection.CallAsync("INFO", "server")).Text,
            Does.Contain($"process_supervised:{shown}\r\n"));
        if (shown == "no")
        {
            Assert.That(systemd.Available, Is.Zero);
            return;
        }

        Assert.That(Receive(systemd), Is.EqualTo("READY=1\nSTATUS=Ready to accept connections\n"));
        Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
        Assert.That(Receive(systemd), Is.EqualTo("STOPPING=1\n"));
    }

    [Test]
    public async Task Upstart_is_refused_with_the_reason()
    {
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(new ServerLaunch
        {
            Settings = [("supervised", "upstart"), ("daemonize", "yes")],
        });
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("supervised: \"upstart\" is not allowed (command line): Hedge does "
            + "not stop itself to tell upstart").And.Contain("daemonize: \"yes\" is not allowed")
            .And.Contain("stays in the foreground"));
    }

    [Test]
    public async Task The_score_for_the_kernel_follows_the_settings_and_comes_back()
    {
        using ServerProcess server = await Start(("oom-score-adj", "no"));
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{server.Id}/oom_score_adj");
        int first = Score(path);
        await using TestConnection connection = await server.ConnectAsync();
        await Set(connection, "oom-score-adj-values", "100 200 800");
        Assert.That(Score(path), Is.EqualTo(first));
        await Set(connection, "oom-score-adj", "relative");
        Assert.That(Score(path), Is.EqualTo(Math.Min(1000, first + 100)));
        await Set(connection, "oom-score-adj", "absolute", "oom-score-adj-values", "1500 0 0");
        Assert.That(Score(path), Is.EqualTo(1000));
        await Set(connection, "oom-score-adj", "no");
        Assert.That(Score(path), Is.EqualTo(first));
    }

    [Test]
    public async Task The_score_is_set_at_start()
    {
        using ServerProcess server = await Start(("oom-score-adj", "absolute"),
            ("oom-score-adj-values", "321 0 0"));
        Assert.That(Score(string.Create(CultureInfo.InvariantCulture, $"/proc/{server.Id}/oom_score_adj")),
            Is.EqualTo(321));
    }

    [Test]
    public void A_score_that_cannot_be_written_takes_all_changes_back()
    {
        string path = Path.Combine(_directory, "oom_score_adj");
        File.WriteAllText(path, "5\n");
        var server = new Server(AllCommands.Table());
        using var log = new ServerLog(server, new SystemClock());
        OomScore.Follow(server.Settings, log, path);
        Assert.That(server.Settings.TryChange([("oom-score-adj", "relative"), ("hz", "20")]), Is.Null);
        Assert.That(File.ReadAllText(path), Is.EqualTo("5"));
        Assert.That(server.Settings.TryChange([("oom-score-adj-values", "7 0 0")]), Is.Null);
        Assert.That(File.ReadAllText(path), Is.EqualTo("12"));
        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.That(server.Settings.TryChange([("hz", "30"), ("oom-score-adj", "absolute")]),
            Is.EqualTo("ERR CONFIG SET failed (possibly related to argument 'oom-score-adj') - Failed to "
                + "apply new oom_score_adj configuration, check server logs."));
        Assert.That(server.Settings.Current.Hz, Is.EqualTo(20));
        Assert.That(server.Settings.TryChange([("hz", "30")]), Is.Null, "that needs no score");
    }

    [Test]
    public async Task Huge_pages_can_be_done_without()
    {
        using ServerProcess server = await Start(("disable-thp", "yes"));
        string status = File.ReadAllText(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{server.Id}/status"));
        if (!status.Contains("THP_enabled:", StringComparison.Ordinal)) Assert.Ignore("the kernel has none");
        Assert.That(status, Does.Match(@"THP_enabled:\s+0"));
    }

    [Test]
    public void Lines_go_to_the_systems_log()
    {
        string path = Path.Combine(_directory, "log");
        using Socket log = Listen(path);
        ProcessSettings settings = ServerSettings.Defaults.Process with
        {
            SyslogIdent = "hedge-1",
            SyslogFacility = SyslogFacility.Local3,
        };
        using (var syslog = new Syslog(settings, new SystemClock(), path))
        {
            syslog.Write(LogLevel.Warning, "a b");
            // local3 is 19, warning 4.
            Assert.That(Receive(log), Does.Match(
                @$"^<156>[A-Z][a-z][a-z] [ 1-3]\d \d\d:\d\d:\d\d hedge-1\[{Environment.ProcessId}\]: a b$"));
            syslog.Write(LogLevel.Notice, "ü");
            Assert.That(Receive(log), Does.StartWith("<157>").And.EndWith(": ü"));
        }

        // Nobody listens: the line is lost, and nothing else.
        using var lost = new Syslog(settings, new SystemClock(), path + "x");
        lost.Write(LogLevel.Notice, "lost");
    }

    [TestCase("shutdown-on-sigterm", "TERM")]
    [TestCase("shutdown-on-sigint", "INT")]
    public async Task Signals_end_the_server_however_they_are_set(string setting, string signal)
    {
        foreach (string words in (string[])["default", "save now", "nosave force"])
        {
            using ServerProcess server = await Start((setting, words));
            await server.SignalAsync(signal);
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Output);
        }
    }

    [Test]
    public async Task Protected_settings_are_open_to_those_whom_the_setting_names()
    {
        using ServerProcess server = await Start(("enable-protected-configs", "local"));
        await using TestConnection connection = await server.ConnectAsync();
        await Set(connection, "dbfilename", "dump.rdb");
        Assert.That((await connection.CallAsync("CONFIG", "SET", "dbfilename", "x")).Text,
            Does.Contain("argument must be 'dump.rdb': There are no RDB files"));
    }

    [Test]
    public async Task Renamed_commands_work_in_the_whole_server()
    {
        var launch = new ServerLaunch
        {
            Settings = [("rename-command", "GET"), ("cores", "2")],
            Launcher = [],
        };
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("rename-command: \"GET\" is not allowed"));
        string file = Path.Combine(_directory, "hedge.json");
        File.WriteAllText(file, """
            { "rename-command": { "GET": "fetch", "PUBLISH": "tell", "FLUSHALL": "" } }
            """);
        using ServerProcess server = await Start(("config", file), ("cores", "2"));
        await using TestConnection connection = await server.ConnectAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.That((await connection.CallAsync("SET", $"key{i}", "v")).Text, Is.EqualTo("OK"));
            Assert.That((await connection.CallAsync("fetch", $"key{i}")).Text, Is.EqualTo("v"));
        }

        Assert.That((await connection.CallAsync("GET", "key1")).Text,
            Is.EqualTo("ERR unknown command 'GET', with args beginning with: 'key1' "));
        Assert.That((await connection.CallAsync("FLUSHALL")).Text, Does.StartWith("ERR unknown command"));
        Assert.That((await connection.CallAsync("EVAL", "return redis.call('fetch', KEYS[1])", "1", "key2"))
            .Text, Is.EqualTo("v"));
        Assert.That((await connection.CallAsync("EVAL", "return redis.call('get', KEYS[1])", "1", "key2"))
            .Text, Does.Contain("Unknown Redis command called from script"));
        // A script that hides the name of what it calls still reaches the subscribers of other cores.
        Assert.That((await connection.CallAsync("EVAL",
            "return redis.call(ARGV[1] .. 'll', 'c', 'm') -- tell", "0", "te")).Integer, Is.Zero);
        await connection.CallAsync("MULTI");
        Assert.That((await connection.CallAsync("fetch", "key3")).Text, Is.EqualTo("QUEUED"));
        Assert.That((await connection.CallAsync("get", "key3")).Text, Does.StartWith("ERR unknown command"));
        Assert.That((await connection.CallAsync("EXEC")).Text, Does.StartWith("EXECABORT"));
        Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
    }

    private static Task<ServerProcess> Start(params (string Name, string Value)[] settings) =>
        ServerProcess.StartAsync(new ServerLaunch { Settings = settings });

    private static async Task Set(TestConnection connection, params string[] words) =>
        Assert.That((await connection.CallAsync(["CONFIG", "SET", .. words])).Text, Is.EqualTo("OK"));

    private static int Score(string path) => int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            ReceiveTimeout = 10_000,
        };
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
