using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

/// <summary>A page of SCAN goes on over partitions, also over those of other cores, until COUNT is used
/// up.</summary>
[TestFixture]
[Category("process")]
internal sealed class ScanPageTests
{
    [Test]
    public async Task Three_keys_come_in_one_page(
        [Values(1, 2, 4)] int cores, [Values(16, 1024)] int partitions)
    {
        using ServerProcess server = await Start(cores, partitions);
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        await client.CallAsync("MSET", "a", "1", "b", "2", "c", "3");
        Check(await client.CallAsync("SCAN", "0"));
        Check(await client.CallAsync("SCAN", "0", "MATCH", "*", "COUNT", "4"));
        await client.CallAsync("MULTI");
        await client.CallAsync("SCAN", "0");
        Check((await client.CallAsync("EXEC")).Children[0]);
    }

    [Test]
    public async Task Every_key_is_answered_once_in_pages_of_about_count([Values(1, 2, 4)] int cores)
    {
        using ServerProcess server = await Start(cores, partitions: 16);
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        string[] keys = [.. Enumerable.Range(0, 500).Select(i => $"key:{i}")];
        foreach (string key in keys) await client.CallAsync("SET", key, "v");
        var found = new List<string>();
        string cursor = "0";
        int calls = 0;
        do
        {
            RespValue page = await client.CallAsync("SCAN", cursor, "COUNT", "10");
            cursor = page.Children[0].Text;
            Assert.That(page.Children[1].Children, Has.Count.LessThanOrEqualTo(10));
            found.AddRange(page.Children[1].Children.Select(k => k.Text));
            calls++;
        }
        while (cursor != "0");
        Assert.That(found, Is.EquivalentTo(keys));
        Assert.That(calls, Is.LessThanOrEqualTo(51), "pages are full");
    }

    [Test]
    public async Task Count_counts_what_is_visited_and_not_what_matches()
    {
        using ServerProcess server = await Start(cores: 2, partitions: 16);
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        for (int i = 0; i < 100; i++) await client.CallAsync("SET", $"key:{i}", "v");
        RespValue page = await client.CallAsync("SCAN", "0", "MATCH", "*nothing", "COUNT", "10");
        Assert.That(page.Children[0].Text, Is.Not.EqualTo("0"));
        Assert.That(page.Children[1].Children, Is.Empty);
    }

    [Test]
    public async Task Commands_of_a_transaction_are_counted_and_are_in_the_slow_log([Values(1, 2)] int cores)
    {
        using ServerProcess server = await Start(cores, partitions: 16);
        await using TestConnection client = await TestConnection.ConnectAsync(server.Port);
        await client.CallAsync("CONFIG", "SET", "slowlog-log-slower-than", "0");
        await client.CallAsync("CONFIG", "RESETSTAT");
        await client.CallAsync("SLOWLOG", "RESET");
        await client.CallAsync("MULTI");
        await client.CallAsync("SET", "a", "1");
        await client.CallAsync("NOSUCH", "a", "1");
        await client.CallAsync("INCR", "a");
        await client.CallAsync("INCRBY", "a", "nonsense");
        await client.CallAsync("EXEC");
        await client.CallAsync("MULTI");
        await client.CallAsync("SET", "a", "1");
        await client.CallAsync("INCRBY", "a", "nonsense");
        await client.CallAsync("EXEC");
        string stats = (await client.CallAsync("INFO", "commandstats")).Text;
        Assert.That(stats, Does.Match("cmdstat_set:calls=1,.*failed_calls=0"));
        Assert.That(stats, Does.Match("cmdstat_incrby:calls=1,.*failed_calls=1"));
        Assert.That(stats, Does.Match("cmdstat_exec:calls=2,"));
        RespValue log = await client.CallAsync("SLOWLOG", "GET", "20");
        string[] names = [.. log.Children.Select(e => e.Children[3].Children[0].Text)];
        Assert.That(names, Does.Contain("SET").And.Contain("INCRBY").And.Not.Contain("EXEC"));
        Assert.That(log.Children.Select(e => e.Children[4].Text), Has.All.StartWith("127.0.0.1:"));
    }

    private static Task<ServerProcess> Start(int cores, int partitions) => ServerProcess.StartAsync(
        new ServerLaunch { Settings = [("cores", $"{cores}"), ("partitions", $"{partitions}")] });

    private static void Check(RespValue page)
    {
        Assert.That(page.Children[0].Text, Is.EqualTo("0"));
        string[] keys = [.. page.Children[1].Children.Select(k => k.Text)];
        Assert.That(keys, Is.EquivalentTo((string[])["a", "b", "c"]));
    }
}
