using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>In a container of 512 MB, with the default maxmemory, no client brings the server to its end.
/// </summary>
[TestFixture(1)]
[TestFixture(2)]
[Category("process")]
[NonParallelizable]
internal sealed class ContainerTests(int cores)
{
    private const int Megabyte = 1 << 20;
    private const long ContainerBytes = 512L * Megabyte;
    private const int Clients = 100;

    private MemoryContainer _container = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task Start()
    {
        _container = MemoryContainer.Make(ContainerBytes);
        _server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("cores", $"{cores}")],
            Launcher = _container.Launcher,
        });
    }

    [TearDown]
    public void Stop()
    {
        _server?.Dispose();
        _container?.Dispose();
    }

    [Test]
    public async Task A_transaction_of_a_million_commands_is_run()
    {
        const int count = 1_000_000;
        using Flood client = new(_server.Port);
        byte[] multi = "MULTI\r\n"u8.ToArray(), exec = "EXEC\r\n"u8.ToArray();
        await client.RunAsync([multi, .. Flood.Sets(count, 16), exec], (2 * count) + 2);
        Assert.That((client.Error, client.Last), Is.EqualTo(((string?)null, "+OK")));
        await CheckAliveAsync();
    }

    [Test]
    public async Task A_transaction_that_memory_cannot_take_is_refused()
    {
        const int count = 100_000;
        using Flood client = new(_server.Port);
        byte[] multi = "MULTI\r\n"u8.ToArray(), exec = "EXEC\r\n"u8.ToArray();
        await client.RunAsync([multi, .. Flood.Sets(count, 4000), exec], count + 2);
        Assert.That(client.Error, Does.StartWith("-OOM command not allowed"));
        Assert.That(client.Last, Does.StartWith("-EXECABORT"));
        await CheckAliveAsync();
    }

    [Test]
    public async Task A_value_that_memory_cannot_take_is_refused()
    {
        using Flood client = new(_server.Port);
        await client.RunAsync(["SETRANGE k 500000000 x\r\n"u8.ToArray()], 1);
        Assert.That(client.Last, Does.StartWith("-OOM command not allowed"));
        await client.RunAsync(["*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300000000\r\n"u8.ToArray()], 1);
        Assert.That(client.Last, Does.StartWith("-ERR Protocol error: invalid bulk length"));
        await CheckAliveAsync();
    }

    [Test]
    public async Task A_pipeline_of_sets_is_run()
    {
        const int count = 1_500_000;
        using Flood client = new(_server.Port);
        await client.RunAsync(Flood.Sets(count, 100), count);
        Assert.That(client.Error, Is.Null);
        await CheckAliveAsync();
    }

    [Test]
    public async Task Clients_that_do_not_read_are_no_harm()
    {
        using Flood setter = new(_server.Port);
        await setter.RunAsync(Flood.Sets(1, Megabyte), 1);
        byte[] gets = Encoding.Latin1.GetBytes(
            string.Concat(Enumerable.Repeat("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n", 200)));
        await PushAsync(gets);
    }

    [Test]
    public Task Clients_that_do_not_finish_their_requests_are_no_harm()
    {
        byte[] begun = new byte[20 * Megabyte];
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n"u8.CopyTo(begun);
        return PushAsync(begun);
    }

    private async Task PushAsync(byte[] bytes)
    {
        Flood[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new Flood(_server.Port))];
        await Task.WhenAll(clients.Select(c => c.PushAsync(bytes, TimeSpan.FromSeconds(3))));
        await CheckAliveAsync();
        foreach (Flood client in clients) client.Dispose();
    }

    private async Task CheckAliveAsync()
    {
        Assert.That(_container.Kills, Is.Zero, "nothing was killed");
        string test = $"{TestContext.CurrentContext.Test.MethodName}-{cores}";
        Figures.Count($"container-{test}", ("loads", 1), ("kills", _container.Kills),
            ("resident-peak-mib", _server.ResidentPeakBytes >> 20));
        using Flood client = new(_server.Port);
        await client.RunAsync(["PING\r\n"u8.ToArray()], 1);
        Assert.That(client.Last, Is.EqualTo("+PONG"));
        Assert.That(await _server.TerminateAsync(), Is.Zero, _server.Output);
    }
}
