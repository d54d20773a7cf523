using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>What strangers meet: other machines, wrong passwords, web pages, file names, file
/// rights.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
[Category("process")]
public sealed class DoorTests
{
    [OneTimeSetUp]
    public void OnlyHedge()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("these are Hedge's doors");
    }

    [Test]
    public async Task Without_a_password_another_address_is_refused_in_Redis_words()
    {
        IPAddress? own = OwnAddress();
        if (own == null) Assert.Ignore("this machine has no address but loopback");
        (string, string)[] bind = [("bind", $"127.0.0.1 {own}")];
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch { Settings = bind });
        await using TestConnection local = await server.ConnectAsync();
        Assert.That((await local.CallAsync("CONFIG", "GET", "protected-mode"))[1].Text, Is.EqualTo("yes"));
        string denied = await AllOf(own!, server.Port);
        Assert.That(denied, Does.StartWith("-DENIED Redis is running in protected mode because "));
        Assert.That(denied, Does.EndWith("to start accepting connections from the outside.\r\n"));
        Assert.That(denied, Has.Length.EqualTo(1067), "as redis-server 7.0.15 says it");
        await local.CallAsync("CONFIG", "SET", "protected-mode", "no");
        IPEndPoint outside = new(own!, server.Port);
        await using (TestConnection other = await TestConnection.ConnectAsync(outside))
            Assert.That((await other.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        await local.CallAsync("CONFIG", "SET", "protected-mode", "yes", "requirepass", "word");
        await using TestConnection known = await TestConnection.ConnectAsync(outside);
        Assert.That((await known.CallAsync("PING")).Text, Does.StartWith("NOAUTH"));
    }

    [Test]
    public async Task Wrong_passwords_cost_time_and_right_ones_do_not()
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [("requirepass", "word"), ("cores", "1")] }, "word");
        await using TestConnection guesser = await server.ConnectAsync();
        await using TestConnection other = await server.ConnectAsync();
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < 10; i++) guesser.Send("AUTH", "guess");
        Task<RespValue> last = Last(guesser, 10);
        Assert.That((await other.CallAsync("AUTH", "word")).Text, Is.EqualTo("OK"));
        long longest = 0;
        while (!last.IsCompleted)
        {
            long before = watch.ElapsedMilliseconds;
            await other.CallAsync("PING");
            longest = Math.Max(longest, watch.ElapsedMilliseconds - before);
        }

        Assert.That((await last).Text, Does.StartWith("WRONGPASS"));
        // 10 + 20 + … + 640 + 1000 + 1000 ms before the last reply.
        Assert.That(watch.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(3200));
        TestContext.Out.WriteLine($"{watch.ElapsedMilliseconds} ms; others waited {longest} ms at most");
        Assert.That((await guesser.CallAsync("AUTH", "word")).Text, Is.EqualTo("OK"));
    }

    [TestCase("POST / HTTP/1.1\r\nPING\r\n")]
    [TestCase("host: here\r\nPING\r\n")]
    public async Task Http_is_logged_and_closed(string request)
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        await using TestConnection page = await server.ConnectAsync();
        page.SendRaw(System.Text.Encoding.ASCII.GetBytes(request));
        Assert.CatchAsync<IOException>(page.ReadAsync);
        await server.SaysAsync("Possible SECURITY ATTACK detected");
    }

    [Test]
    public async Task Files_are_for_the_servers_user_alone_and_clients_name_none_outside_their_directory()
    {
        string parent = Directory.CreateTempSubdirectory("hedge-doors-").FullName;
        try
        {
            string data = $"{parent}/data";
            ServerLaunch launch = new()
            {
                Directory = data,
                Settings = [("logfile", $"{parent}/hedge.log"), ("memtable-bytes", "64kb")],
            };
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                string value = new('v', 2000);
                for (int i = 0; i < 200; i++) await client.CallAsync("SET", $"key{i}", value);
                Assert.That((await client.CallAsync("SAVE")).Text, Is.EqualTo("OK"));
                Assert.That((await client.CallAsync("HEDGE.EXPORT", "all")).Text, Is.EqualTo("OK"));
                string[] names =
                    ["/etc/passwd", "/nothing/there", "../x", $"{data}/log/x", $"{data}/HEDGE", "a/../b"];
                foreach (string name in names)
                {
                    const string outside = "ERR the path must name a file below transfer-dir, "
                        + "without '.', '..' and empty names";
                    Assert.That((await client.CallAsync("HEDGE.LOAD", name)).Text, Is.EqualTo(outside));
                    Assert.That((await client.CallAsync("HEDGE.EXPORT", name)).Text, Is.EqualTo(outside));
                }

                using (Process made = Process.Start("mkfifo", [$"{data}/transfer/pipe"])) made.WaitForExit();
                RespValue pipe = await client.CallAsync("HEDGE.LOAD", "pipe");
                Assert.That(pipe.Text, Does.Contain("Invalid argument"));
                Assert.That((await client.CallAsync("HEDGE.LOAD", $"{data}/transfer/all")).Integer,
                    Is.EqualTo(200));
                Assert.That((await client.CallAsync("CONFIG", "SET", "transfer-dir", "/")).Text,
                    Does.Contain("can't set immutable config"));
            }

            const UnixFileMode others = (UnixFileMode)0b111_111;
            foreach (string entry in Directory.EnumerateFileSystemEntries(
                parent, "*", SearchOption.AllDirectories))
            {
                if (entry.EndsWith("/pipe", StringComparison.Ordinal)) continue;
                Assert.That(File.GetUnixFileMode(entry) & others, Is.EqualTo(UnixFileMode.None), entry);
            }
        }
        finally
        {
            Directory.Delete(parent, true);
        }
    }

    [Test]
    public async Task Without_a_directory_for_them_files_are_forbidden()
    {
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Settings = [("transfer-dir", "")] });
        await using TestConnection client = await server.ConnectAsync();
        foreach (string command in (string[])["HEDGE.LOAD", "HEDGE.EXPORT"])
            Assert.That((await client.CallAsync(command, "x")).Text, Does.Contain("transfer-dir is empty"));
    }

    [Test]
    public async Task A_deleted_lock_lets_no_second_server_in()
    {
        string directory = Directory.CreateTempSubdirectory("hedge-doors-").FullName;
        try
        {
            using ServerProcess server =
                await ServerProcess.StartAsync(new ServerLaunch { Directory = directory });
            File.Delete($"{directory}/LOCK");
            (int exitCode, string output) =
                await ServerProcess.RunToEndAsync(new ServerLaunch { Directory = directory });
            Assert.That(exitCode, Is.EqualTo(1));
            Assert.That(output, Does.Contain("is in use by another process"));
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static async Task<RespValue> Last(TestConnection connection, int replies)
    {
        for (int i = 1; i < replies; i++) await connection.ReadAsync();
        return await connection.ReadAsync();
    }

    private static async Task<string> AllOf(IPAddress address, int port)
    {
        using TcpClient client = new();
        await client.ConnectAsync(address, port);
        using StreamReader reader = new(client.GetStream());
        return await reader.ReadToEndAsync();
    }

    private static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(each => each.OperationalStatus == OperationalStatus.Up)
        .SelectMany(each => each.GetIPProperties().UnicastAddresses)
        .Select(each => each.Address)
        .Where(each => each.AddressFamily == AddressFamily.InterNetwork)
        .FirstOrDefault(each => !IPAddress.IsLoopback(each));
}
