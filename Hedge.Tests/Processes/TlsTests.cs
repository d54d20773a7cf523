using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Clients that speak TLS, and those who do it badly.</summary>
[TestFixture("uring")]
[TestFixture("portable")]
[Category("process")]
internal sealed class TlsTests(string io)
{
    private const int Handshakes = 40;

    private TestCertificates _certificates = null!;
    private int _port;

    [SetUp]
    public void MakeCertificates()
    {
        _certificates = new TestCertificates();
        _port = ServerProcess.FreePort();
    }

    [TearDown]
    public void RemoveCertificates() => _certificates.Dispose();

    [Test]
    public async Task Requests_and_replies_of_all_lengths_arrive_whole()
    {
        using ServerProcess server = await StartAsync();
        int seed = TestSeed.Next();
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => ExchangeAsync(i, seed + i))));
    }

    [Test]
    public async Task A_client_that_does_not_read_is_seen_and_limited()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection plain = await server.ConnectAsync();
        await using TestConnection slow = await ConnectAsync();
        long id = (await slow.CallAsync("CLIENT", "ID")).Integer;
        await plain.CallAsync("SET", "long", new string('x', 8 << 20));
        for (int i = 0; i < 8; i++) slow.Send("GET", "long");
        string line = "";
        while (Waiting(line) < 4 << 20)
            line = (await plain.CallAsync("CLIENT", "LIST", "ID", $"{id}")).Text;
        for (int i = 0; i < 8; i++) Assert.That((await slow.ReadAsync()).Text, Has.Length.EqualTo(8 << 20));
        while (Waiting(line) > 0) line = (await plain.CallAsync("CLIENT", "LIST", "ID", $"{id}")).Text;

        await plain.CallAsync("CONFIG", "SET", "client-output-buffer-limit", "normal 2mb 0 0");
        for (int i = 0; i < 8; i++) slow.Send("GET", "long");
        while (line.Length > 0) line = (await plain.CallAsync("CLIENT", "LIST", "ID", $"{id}")).Text;
    }

    [Test]
    public async Task A_client_shows_a_certificate_as_the_setting_asks()
    {
        using ServerProcess server = await StartAsync("yes");
        await using TestConnection plain = await server.ConnectAsync();
        foreach ((string setting, bool withNone, bool withStrange) in
            ((string, bool, bool)[])[("yes", false, false), ("optional", true, false), ("no", true, true)])
        {
            Assert.That((await plain.CallAsync("CONFIG", "SET", "tls-auth-clients", setting)).Text,
                Is.EqualTo("OK"));
            Assert.That(await IsServedAsync("client"), Is.True, setting);
            Assert.That(await IsServedAsync(null), Is.EqualTo(withNone), setting);
            Assert.That(await IsServedAsync("stranger"), Is.EqualTo(withStrange), setting);
        }
    }

    [Test]
    public async Task Protocols_and_ciphers_are_those_of_the_settings()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection plain = await server.ConnectAsync();
        await plain.CallAsync("CONFIG", "SET", "tls-protocols", "TLSv1.2");
        Assert.That(await IsServedAsync(null, SslProtocols.Tls12), Is.True);
        Assert.That(await IsServedAsync(null, SslProtocols.Tls13), Is.False);
        await plain.CallAsync("CONFIG", "SET", "tls-protocols", "TLSv1.3");
        Assert.That(await IsServedAsync(null, SslProtocols.Tls12), Is.False);
        Assert.That(await IsServedAsync(null, SslProtocols.Tls13), Is.True);
        await RefusedAsync(plain, "tls-protocols", "SSLv3");
        await RefusedAsync(plain, "tls-ciphersuites", "TLS_NONE");
        await RefusedAsync(plain, "tls-ciphers", "NONE");
        await RefusedAsync(plain, "tls-key-file", "/dev/null");
        await RefusedAsync(plain, "tls-ca-cert-file", "/none");
        await RefusedAsync(plain, "tls-dh-params-file", "/none");
        Assert.That(await IsServedAsync(null, SslProtocols.Tls13), Is.True);
    }

    [Test]
    public async Task A_new_certificate_is_shown_to_new_clients_and_old_ones_go_on()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection old = await ConnectAsync();
        string serial = _certificates.Renew("server");
        Assert.That(await SerialAsync(), Is.Not.EqualTo(serial));
        string[] files =
        [
            "CONFIG", "SET", "tls-cert-file", _certificates.CertificateFile("server"), "tls-key-file",
            _certificates.KeyFile("server"), "tls-session-cache-timeout", "100",
        ];
        Assert.That((await old.CallAsync(files)).Text, Is.EqualTo("OK"));
        Assert.That(await SerialAsync(), Is.EqualTo(serial));
        Assert.That((await old.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task The_port_opens_moves_and_closes_at_run_time()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection old = await ConnectAsync();
        int first = _port;
        _port = ServerProcess.FreePort();
        Assert.That((await old.CallAsync("CONFIG", "SET", "tls-port", $"{_port}")).Text, Is.EqualTo("OK"));
        await using TestConnection moved = await ConnectAsync();
        Assert.That((await moved.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        Assert.ThrowsAsync<SocketException>(
            () => TestConnection.ConnectAsync(first, _certificates.Options()));
        Assert.That((await old.CallAsync("CONFIG", "SET", "tls-port", "0")).Text, Is.EqualTo("OK"));
        Assert.ThrowsAsync<SocketException>(() => ConnectAsync());
        Assert.That((await old.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task Without_a_plain_port_there_is_none()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection client = await ConnectAsync();
        Assert.That((await client.CallAsync("CONFIG", "SET", "port", "0")).Text, Is.EqualTo("OK"));
        Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
        Assert.That((await client.CallAsync("INFO", "server")).Text, Does.Contain($"tcp_port:{_port}\r\n"));
    }

    [Test]
    public async Task Goodbyes_are_said_on_both_sides()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection client = await ConnectAsync();
        client.Send("SET", "a", "1");
        client.Send("GET", "a");
        client.EndSending();
        Assert.That((await client.ReadAsync()).Text, Is.EqualTo("OK"));
        Assert.That((await client.ReadAsync()).Text, Is.EqualTo("1"));
        // An end without TLS's own goodbye would throw.
        Assert.That((await client.ReadToEndAsync()).Length, Is.Zero);
    }

    [Test]
    public async Task What_is_not_TLS_is_refused_and_harms_nobody()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection good = await ConnectAsync();
        int seed = TestSeed.Next();
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        Random random = new(seed);
        byte[] hello = await HelloAsync();
        for (int i = 0; i < Handshakes; i++)
        {
            byte[] bytes = i switch
            {
                0 => "PING\r\n"u8.ToArray(),
                1 => "*1\r\n$4\r\nPING\r\n"u8.ToArray(),
                _ => [.. hello],
            };
            if (i > 1) random.NextBytes(bytes.AsSpan(random.Next(bytes.Length), 1));
            if (i > 20) random.NextBytes(bytes.AsSpan(random.Next(bytes.Length)));
            await using TestConnection bad = await TestConnection.ConnectAsync(_port);
            bad.SendRaw(bytes);
            bad.EndSending();
            await bad.ReadToEndAsync();
            Assert.That((await good.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        }
    }

    [Test]
    public async Task A_handshake_that_does_not_end_is_cut_off()
    {
        using ServerProcess server = await StartAsync();
        byte[] hello = await HelloAsync();
        await using TestConnection good = await ConnectAsync();
        await using TestConnection silent = await TestConnection.ConnectAsync(_port);
        await using TestConnection half = await TestConnection.ConnectAsync(_port);
        half.SendRaw(hello.AsSpan(0, hello.Length / 2));
        Stopwatch watch = Stopwatch.StartNew();
        await Task.WhenAll(silent.ReadToEndAsync(), half.ReadToEndAsync());
        Assert.That(watch.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(5)));
        Assert.That((await good.CallAsync("PING")).Text, Is.EqualTo("PONG"));
    }

    [TestCase("tls-cert-file", "")]
    [TestCase("tls-cert-file", "/none.crt")]
    [TestCase("tls-key-file", "/none.key")]
    [TestCase("tls-auth-clients", "yes")]
    [TestCase("tls-protocols", "nothing")]
    public async Task A_start_with_wrong_settings_says_what_is_wrong(string name, string value)
    {
        (string, string)[] settings =
            [.. _certificates.Settings(_port).Where(s => s.Name is not "tls-ca-cert-file"), (name, value)];
        (int code, string output) =
            await ServerProcess.RunToEndAsync(new ServerLaunch { Settings = settings });
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain(value.StartsWith('/') ? value : name));
    }

    [Test]
    public async Task A_key_with_a_password_is_read()
    {
        string key = _certificates.KeyFile("server");
        using (var plain = System.Security.Cryptography.RSA.Create())
        {
            plain.ImportFromPem(await File.ReadAllTextAsync(key));
            var with = new System.Security.Cryptography.PbeParameters(
                System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc,
                System.Security.Cryptography.HashAlgorithmName.SHA256, 2000);
            await File.WriteAllTextAsync(key, plain.ExportEncryptedPkcs8PrivateKeyPem("open sesame", with));
        }

        ServerLaunch launch = new() { Settings = _certificates.Settings(_port) };
        (int code, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(code, Is.EqualTo(1), output);
        launch = launch with { Settings = [.. launch.Settings, ("tls-key-file-pass", "open sesame")] };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        Assert.That(await IsServedAsync(null), Is.True);
        Assert.That(server.Output, Does.Not.Contain("sesame"));
    }

    private static long Waiting(string line) => line.Split(' ')
        .Where(word => word.StartsWith("obl=", StringComparison.Ordinal)
            || word.StartsWith("omem=", StringComparison.Ordinal))
        .Sum(word => long.Parse(word.AsSpan(word.IndexOf('=') + 1), CultureInfo.InvariantCulture));

    private static async Task RefusedAsync(TestConnection client, string name, string value) => Assert.That(
        (await client.CallAsync("CONFIG", "SET", name, value)).Text, Is.EqualTo("ERR CONFIG SET failed "
            + $"(possibly related to argument '{name}') - Unable to update TLS configuration. "
            + "Check server logs."));

    // The first bytes of a handshake.
    private static async Task<byte[]> HelloAsync()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        SslClientAuthenticationOptions options = new() { TargetHost = "localhost" };
        Task<TestConnection> client =
            TestConnection.ConnectAsync(((IPEndPoint)listener.LocalEndpoint).Port, options);
        using Socket server = await listener.AcceptSocketAsync();
        byte[] bytes = new byte[4096];
        int count = await server.ReceiveAsync(bytes);
        server.Close();
        Assert.That(async () => await client, Throws.Exception);
        return bytes[..count];
    }

    private Task<ServerProcess> StartAsync(string clients = "no") => ServerProcess.StartAsync(new ServerLaunch
    {
        Settings = [.. _certificates.Settings(_port, clients), ("io", io), ("cores", "2")],
    });

    private Task<TestConnection> ConnectAsync() =>
        TestConnection.ConnectAsync(_port, _certificates.Options());

    private async Task<bool> IsServedAsync(string? name, SslProtocols protocols = SslProtocols.None)
    {
        SslClientAuthenticationOptions options = _certificates.Options(name);
        options.EnabledSslProtocols = protocols;
        try
        {
            await using TestConnection client = await TestConnection.ConnectAsync(_port, options);
            return (await client.CallAsync("PING")).Text == "PONG";
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private async Task<string> SerialAsync()
    {
        string serial = "";
        SslClientAuthenticationOptions options = _certificates.Options();
        options.AllowTlsResume = false;
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            serial = ((X509Certificate2)certificate!).SerialNumber;
            return errors == SslPolicyErrors.None;
        };
        await using TestConnection client = await TestConnection.ConnectAsync(_port, options);
        return serial;
    }

    private async Task ExchangeAsync(int index, int seed)
    {
        Random random = new(seed);
        await using TestConnection client = await ConnectAsync();
        var expected = new Dictionary<string, byte[]>();
        for (int round = 0; round < 30; round++)
        {
            var asked = new List<string>();
            for (int i = random.Next(1, 40); i > 0; i--)
            {
                string key = $"{index}:{random.Next(20)}";
                if (random.Next(2) == 0 || !expected.ContainsKey(key))
                {
                    byte[] value = new byte[random.Next(random.Next(4) == 0 ? 300_000 : 100)];
                    random.NextBytes(value);
                    expected[key] = value;
                    client.Send((ReadOnlyMemory<byte>)"SET"u8.ToArray(), Encoding.ASCII.GetBytes(key), value);
                    asked.Add("");
                }
                else
                {
                    client.Send("GET", key);
                    asked.Add(key);
                    // The value may be another one by the time of a later request.
                    if (random.Next(3) == 0) break;
                }

                if (asked[^1].Length > 0) break;
            }

            foreach (string key in asked)
            {
                RespValue reply = await client.ReadAsync();
                if (key.Length == 0) Assert.That(reply.Text, Is.EqualTo("OK"));
                else Assert.That(reply.Bytes.Span.SequenceEqual(expected[key]), key);
            }
        }
    }
}
