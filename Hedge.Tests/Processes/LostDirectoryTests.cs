using System.Diagnostics;
using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Directories that are renamed beneath a real server, and names that are taken.</summary>
[TestFixture]
[Category("process")]
public sealed class LostDirectoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private string _parent = "";

    [SetUp]
    public void Make()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("these are Hedge's files");
        _parent = Directory.CreateTempSubdirectory("hedge-lost-").FullName;
    }

    [TearDown]
    public void Remove()
    {
        if (_parent.Length > 0) Directory.Delete(_parent, true);
    }

    [TestCase("data")]
    [TestCase("data/log")]
    public async Task A_renamed_directory_is_an_error_at_once_until_it_is_back(string name)
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch());
        await using TestConnection client = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");
        Directory.Move($"{_parent}/{name}", $"{_parent}/moved");
        Stopwatch watch = Stopwatch.StartNew();
        long slowest = 0;
        RespValue reply;
        do
        {
            long before = watch.ElapsedMilliseconds;
            reply = await client.CallAsync("SET", "key", new string('v', 10_000));
            slowest = Math.Max(slowest, watch.ElapsedMilliseconds - before);
        }
        while (reply.Text == "OK" && watch.Elapsed < Patience);
        TestContext.Out.WriteLine($"refused after {watch.ElapsedMilliseconds} ms, slowest {slowest} ms");
        Assert.That(reply.Text, Does.StartWith("MISCONF").And.Contain(name).And.Contain("No such file"));
        Assert.That((await client.CallAsync("GET", "before")).Text, Is.EqualTo("1"));
        string info = (await client.CallAsync("INFO", "persistence")).Text;
        Assert.That(info, Does.Contain("aof_last_write_status:err"));
        Assert.That(info, Does.Contain("rdb_last_bgsave_status:err"));
        await server.SaysAsync("the data directory cannot be reached: ");
        Directory.Move($"{_parent}/moved", $"{_parent}/{name}");
        await WritesGoOn(client);
        await server.SaysAsync("The data directory can be reached again");
        Assert.That((await client.CallAsync("INFO", "persistence")).Text,
            Does.Contain("aof_last_write_status:ok").And.Contain("rdb_last_bgsave_status:ok"));
    }

    [Test]
    public async Task Files_where_runs_should_go_are_left_alone_and_passed_over()
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch());
        await using TestConnection client = await server.ConnectAsync();
        string[] partitions = Directory.GetDirectories($"{_parent}/data", "p*");
        foreach (string partition in partitions)
        {
            for (int i = 0; i < 40; i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{partition}/{i:D6}.run");
                if (!File.Exists(name)) await File.WriteAllTextAsync(name, "somebody's");
            }
        }

        for (int i = 0; i < 500; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"key{i}");
            Assert.That((await client.CallAsync("SET", key, new string('v', 2000))).Text, Is.EqualTo("OK"));
        }

        RespValue saved;
        Stopwatch watch = Stopwatch.StartNew();
        do saved = await client.CallAsync("SAVE");
        while (saved.Text != "OK" && watch.Elapsed < Patience);
        Assert.That(saved.Text, Is.EqualTo("OK"));
        foreach (string partition in partitions)
            Assert.That(await File.ReadAllTextAsync($"{partition}/000039.run"), Is.EqualTo("somebody's"));
    }

    [Test]
    public async Task A_partition_that_cannot_be_flushed_is_an_error_and_no_wait()
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch());
        await using TestConnection client = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");
        Directory.Move($"{_parent}/data/p00", $"{_parent}/moved");
        RespValue reply = default!;
        long slowest = 0;
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; watch.Elapsed < Patience; i++)
        {
            long before = watch.ElapsedMilliseconds;
            string key = string.Create(CultureInfo.InvariantCulture, $"key{i}");
            reply = await client.CallAsync("SET", key, new string('v', 10_000));
            slowest = Math.Max(slowest, watch.ElapsedMilliseconds - before);
            if (reply.Text != "OK") break;
        }

        TestContext.Out.WriteLine($"refused after {watch.ElapsedMilliseconds} ms, slowest {slowest} ms");
        Assert.That(reply.Text, Does.StartWith("MISCONF").And.Contain("/p00/").And.Contain("No such file"));
        Assert.That(slowest, Is.LessThan(3000), "ms; the machine may be loaded");
        Assert.That((await client.CallAsync("GET", "before")).Text, Is.EqualTo("1"));
        Assert.That((await client.CallAsync("INFO", "persistence")).Text,
            Does.Contain("rdb_last_bgsave_status:err").And.Contain("/p00/"));
        Directory.Move($"{_parent}/moved", $"{_parent}/data/p00");
        await WritesGoOn(client);
    }

    private ServerLaunch Launch() => new()
    {
        Directory = $"{_parent}/data",
        Settings =
        [
            ("memtable-bytes", "64kb"), ("partitions", "2"), ("cores", "1"), ("value-log-threshold", "0"),
        ],
    };

    private static async Task WritesGoOn(TestConnection client)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while ((await client.CallAsync("SET", "after", "1")).Text != "OK")
            Assert.That(watch.Elapsed, Is.LessThan(Patience));
        TestContext.Out.WriteLine($"went on after {watch.ElapsedMilliseconds} ms");
        while (!(await client.CallAsync("INFO", "persistence")).Text.Contains("rdb_last_bgsave_status:ok"))
            Assert.That(watch.Elapsed, Is.LessThan(Patience));
    }
}
