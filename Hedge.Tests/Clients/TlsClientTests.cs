using System.Text;
using Hedge.Tests.Processes;
using Hedge.Tests.Settings;
using NUnit.Framework;
using StackExchange.Redis;

namespace Hedge.Tests.Clients;

/// <summary>Real clients over TLS, and what OpenSSL's own client is refused.</summary>
[TestFixture]
[Category("clients")]
internal sealed class TlsClientTests
{
    private TestCertificates _certificates = null!;
    private ServerProcess _server = null!;
    private int _port;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _certificates = new TestCertificates();
        _port = ServerProcess.FreePort();
        _server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [.. _certificates.Settings(_port), ("loglevel", "verbose")] });
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _server?.Dispose();
        _certificates.Dispose();
    }

    [Test]
    public async Task Redis_cli_works()
    {
        string value = new('v', 500_000);
        Assert.That(await RunAsync("redis-cli", [.. Cli, "-x", "SET", "key"], value), Does.Contain("OK"));
        Assert.That((await RunAsync("redis-cli", [.. Cli, "GET", "key"])).Trim(), Is.EqualTo(value));
        Assert.That(await RunAsync("redis-cli", [.. Cli, "--bigkeys"]), Does.Contain("key"));
    }

    [TestCase("1")]
    [TestCase("64")]
    public async Task Redis_benchmark_works(string depth)
    {
        string output = await RunAsync("redis-benchmark",
            [.. Cli, "-t", "set,get,lrange_100,mset", "-n", "20000", "-d", "300", "-P", depth, "--csv"]);
        Assert.That(output, Does.Contain("\"GET\"").And.Contain("\"MSET").And.Not.Contain("rror"));
    }

    [Test]
    public async Task Redis_py_works()
    {
        string python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        ProgramResult found = await ExternalProgram.RunAsync(python, ["-c", "import redis"]);
        if (found.ExitCode != 0) Assert.Ignore("python3-redis is not installed");
        string output =
            await RunAsync(python, [Script("redis-py.py"), $"{_port}", _certificates.AuthorityFile]);
        Assert.That(output, Does.Contain("all passed"));
    }

    [Test]
    public async Task Ioredis_works()
    {
        if (!Directory.Exists(Script("node_modules/ioredis")))
            Assert.Ignore("npm's ioredis is not installed");
        string output =
            await RunAsync("node", [Script("ioredis.mjs"), $"{_port}", _certificates.AuthorityFile]);
        Assert.That(output, Does.Contain("all passed"));
    }

    [Test]
    public async Task StackExchange_Redis_works()
    {
        ConfigurationOptions options = new()
        {
            EndPoints = { { "127.0.0.1", _port } },
            Ssl = true,
            SslHost = "localhost",
        };
        options.TrustIssuer(_certificates.AuthorityFile);
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        IDatabase database = connection.GetDatabase();
        byte[] value = new byte[3_000_000];
        new Random(1).NextBytes(value);
        Assert.That(await database.StringSetAsync("se:tls", value), Is.True);
        Assert.That((byte[]?)await database.StringGetAsync("se:tls"), Is.EqualTo(value));
        Task<long>[] counts =
            [.. Enumerable.Range(0, 5000).Select(_ => database.StringIncrementAsync("se:tls:n"))];
        Assert.That((await Task.WhenAll(counts)).Max(), Is.EqualTo(5000));
    }

    [TestCase("-tls1_1", "protocol version")]
    [TestCase("-tls1_2 -cipher NULL-SHA256:@SECLEVEL=0", "handshake failure")]
    [TestCase("-tls1_3 -groups brainpoolP256r1tls13", "")]
    public async Task OpenSSL_is_refused(string how, string alert)
    {
        string output = await ConnectAsync(how, "PING\r\n");
        Assert.That(output, Does.Not.Contain("PONG").And.Contain(alert));
        Assert.That(await ConnectAsync("", "PING\r\n"), Does.Contain("PONG"));
    }

    [Test]
    public async Task OpenSSL_may_resume_a_session_and_not_renegotiate()
    {
        string session = Path.Combine(_certificates.Directory, "session");
        foreach (string version in (string[])["-tls1_2", "-tls1_3"])
        {
            await ConnectAsync($"{version} -sess_out {session}", "PING\r\nQUIT\r\n");
            Assert.That(await ConnectAsync($"{version} -sess_in {session}", "QUIT\r\n"),
                Does.Contain("Reused, TLSv1"), version);
        }

        Assert.That(await ConnectAsync("-tls1_2", "R\nPING\r\n"), Does.Not.Contain("PONG"));
    }

    private static string Script(string name) =>
        Path.Combine(Repository.Root, "Hedge.Tests", "Clients", name);

    private string[] Cli => ["-p", $"{_port}", "--tls", "--cacert", _certificates.AuthorityFile];

    private async Task<string> ConnectAsync(string how, string input)
    {
        string[] words =
        [
            "s_client", "-connect", $"127.0.0.1:{_port}", "-CAfile", _certificates.AuthorityFile, "-ign_eof",
            .. how.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        if (input[0] == 'R') words = [.. words.Where(w => w != "-ign_eof")];
        if (!input.Contains("QUIT", StringComparison.Ordinal)) input += "QUIT\r\n";
        ProgramResult result =
            await ExternalProgram.RunAsync("openssl", words, Encoding.ASCII.GetBytes(input));
        return result.Output;
    }

    private async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        ProgramResult result =
            await ExternalProgram.RunAsync(program, arguments, Encoding.ASCII.GetBytes(input));
        Assert.That(result.ExitCode, Is.Zero, $"{result.Output}\n--- server:\n{_server.Output}");
        return result.Output;
    }
}
