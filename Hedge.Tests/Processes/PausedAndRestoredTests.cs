using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>What INFO says of paused clients and OBJECT of restored keys.</summary>
[TestFixture]
[Category("process")]
internal sealed class PausedAndRestoredTests
{
    private const int TriesMax = 2000;

    [Test]
    public async Task A_paused_client_counts_as_blocked()
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        await using TestConnection paused = await TestConnection.ConnectAsync(server.Port);
        await client.CallAsync("CLIENT", "PAUSE", "100000", "WRITE");
        paused.Send("SET", "a", "1");
        await AwaitBlockedAsync(client, 1);
        await client.CallAsync("CLIENT", "UNPAUSE");
        Assert.That((await paused.ReadAsync()).Text, Is.EqualTo("OK"));
        await AwaitBlockedAsync(client, 0);
    }

    // Another core's figure is a tick behind.
    private static async Task AwaitBlockedAsync(TestConnection client, int number)
    {
        string wanted = $"blocked_clients:{number}\r\n", text = "";
        for (int i = 0; i < TriesMax && !text.Contains(wanted, StringComparison.Ordinal); i++)
            text = (await client.CallAsync("INFO", "clients")).Text;
        Assert.That(text, Does.Contain(wanted));
    }

    [TestCase("allkeys-lfu", "FREQ", 77)]
    [TestCase("allkeys-lru", "IDLETIME", 1000)]
    public async Task A_restored_key_has_the_use_it_was_given(string policy, string kind, int use)
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [("maxmemory-policy", policy)] });
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        await client.CallAsync("SET", "a", "1");
        RespValue dump = await client.CallAsync("DUMP", "a");
        client.Send(Bytes("RESTORE"), Bytes("b"), Bytes("0"), dump.Bytes, Bytes(kind), Bytes($"{use}"));
        Assert.That((await client.ReadAsync()).Text, Is.EqualTo("OK"));
        long actual = (await client.CallAsync("OBJECT", kind, "b")).Integer;
        Assert.That(actual, Is.EqualTo(use).Within(5));
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
