using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Exports;

/// <summary>Collections of a real server, exported and loaded into one with other partitions, cores, node
/// lengths, and another seed of its hashes.</summary>
[TestFixture]
[Category("process")]
public sealed class CollectionExportTests
{
    private string _directory = "";

    [SetUp]
    public void Begin()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("Redis has no such command");
        _directory = Directory.CreateTempSubdirectory("hedge-transfer-").FullName;
    }

    [TearDown]
    public void End() => Directory.Delete(_directory, true);

    [TestCase("64", "1024", 1)]
    [TestCase("16384", "64", 2)]
    public async Task All_of_all_types_arrives(string fromNodes, string toNodes, int seed)
    {
        SortedDictionary<string, string> expected;
        SortedDictionary<string, string> other;
        using (ServerProcess source = await StartAsync("1", "4", fromNodes))
        {
            await using TestConnection client = await source.ConnectAsync();
            await new CollectionFill(client, seed).FillAsync();
            await CallAsync(client, "HEDGE.EXPORT", "hot");
            // What is exported may be on disk only.
            await CallAsync(client, "DEBUG", "RELOAD");
            await CallAsync(client, "HEDGE.EXPORT", "cold");
            expected = await KeyContents.ReadAsync(client);
            await CallAsync(client, "SELECT", "3");
            await CallAsync(client, "HEDGE.EXPORT", "none");
            await CallAsync(client, "SADD", "only", "in", "three");
            await CallAsync(client, "HEDGE.EXPORT", "three");
            other = await KeyContents.ReadAsync(client);
        }

        byte[] hot = File.ReadAllBytes(_directory + "/hot");
        bool isSame = File.ReadAllBytes(_directory + "/cold").AsSpan().SequenceEqual(hot);
        Assert.That(isSame, "the same from memory and from disk");
        string data = Directory.CreateTempSubdirectory("hedge-target-").FullName;
        try
        {
            using (ServerProcess target = await StartAsync("2", "8", toNodes, data))
            {
                await using TestConnection client = await target.ConnectAsync();
                // Other types under the names that are loaded.
                await CallAsync(client, "RPUSH", "hash500", "x");
                string[] members = [.. Enumerable.Range(0, 500).Select(i => $"m{i}")];
                await CallAsync(client, "SADD", "list500", members);
                await CallAsync(client, "SET", "zset500", "x");
                await CallAsync(client, "HSET", "timed500", "f", "v");
                await CallAsync(client, "HPEXPIRE", "timed500", "1000000", "FIELDS", "1", "f");
                RespValue loaded = await CallAsync(client, "HEDGE.LOAD", "hot");
                Assert.That(loaded.Integer, Is.EqualTo(expected.Count));
                await CheckAsync(client, expected);
                await CallAsync(client, "SELECT", "3");
                Assert.That((await CallAsync(client, "HEDGE.LOAD", "none")).Integer, Is.Zero);
                await CallAsync(client, "HEDGE.LOAD", "three");
                await CheckAsync(client, other);
                target.Kill();
            }

            using (ServerProcess target = await StartAsync("2", "8", toNodes, data))
            {
                await using TestConnection client = await target.ConnectAsync();
                await CheckAsync(client, expected);
                await ChangeAsync(client);
                await CallAsync(client, "DEBUG", "RELOAD");
                await CallAsync(client, "HEDGE.LOAD", "cold");
                await CheckAsync(client, expected);
                await CallAsync(client, "HEDGE.EXPORT", "again");
            }
        }
        finally
        {
            Directory.Delete(data, true);
        }
    }

    [Test]
    public async Task A_client_that_waits_for_a_list_gets_what_is_loaded()
    {
        using ServerProcess server = await StartAsync("2", "8", "64");
        await using TestConnection client = await server.ConnectAsync();
        await CallAsync(client, "RPUSH", "queue", [.. Enumerable.Range(0, 100).Select(i => $"job{i}")]);
        await CallAsync(client, "HEDGE.EXPORT", "queue");
        await CallAsync(client, "DEL", "queue");
        await using TestConnection waiting = await server.ConnectAsync();
        waiting.Send("BLPOP", "queue", "0");
        while (!(await CallAsync(client, "INFO", "clients")).Text.Contains("blocked_clients:1"))
            await Task.Yield();
        await CallAsync(client, "HEDGE.LOAD", "queue");
        Assert.That((await waiting.ReadAsync())[1].Text, Is.EqualTo("job0"));
        Assert.That((await CallAsync(client, "LLEN", "queue")).Integer, Is.EqualTo(99));
    }

    // Changes what was loaded, in ways that need all parts of it.
    private static async Task ChangeAsync(TestConnection client)
    {
        foreach (int size in (int[])[3, 20, 130, 500])
        {
            List<string[]> commands = [];
            for (int i = 0; i < size; i += 2)
            {
                commands.AddRange(
                [
                    ["ZADD", $"zset{size}", "3", $"m{i}"], ["ZREM", $"zset{size}", $"m{i + 1}"],
                    ["HSET", $"hash{size}", $"new{i}", "v"], ["HDEL", $"hash{size}", $"field{i}"],
                    ["HPERSIST", $"timed{size}", "FIELDS", "1", $"field{i}"],
                    ["SADD", $"integers{size}", $"n{i}"],
                    ["LINSERT", $"list{size}", "BEFORE", "v1", $"before{i}"],
                    ["RPOPLPUSH", $"list{size}", $"list{size}"],
                ]);
            }

            foreach (string[] command in commands) client.Send(command);
            foreach (string[] command in commands)
            {
                RespValue reply = await client.ReadAsync();
                Assert.That(reply.IsError, Is.False, $"{string.Join(' ', command)}: {reply}");
            }

            RespValue members = await CallAsync(client, "ZCARD", $"zset{size}");
            Assert.That(members.Integer, Is.EqualTo((size + 1) / 2));
            Assert.That((await CallAsync(client, "HLEN", $"timed{size}")).Integer, Is.EqualTo(size));
            string key = $"stream{size}";
            await CallAsync(client, "XADD", key, "*", "f", "v");
            await CallAsync(client, "XREADGROUP", "GROUP", "readers", "third", "STREAMS", key, ">");
            await CallAsync(client, "XGROUP", "DELCONSUMER", key, "readers", "first");
            await CallAsync(client, "XGROUP", "DESTROY", key, "readers");
            await CallAsync(client, "XTRIM", key, "MAXLEN", "1");
            await CallAsync(client, "DEL", $"set{size}");
        }
    }

    private static async Task CheckAsync(TestConnection client, SortedDictionary<string, string> expected)
    {
        Assert.That((await client.CallAsync("DBSIZE")).Integer, Is.EqualTo(expected.Count));
        SortedDictionary<string, string> found = await KeyContents.ReadAsync(client);
        Assert.That(found.Keys, Is.EqualTo(expected.Keys));
        foreach ((string key, string content) in expected) Assert.That(found[key], Is.EqualTo(content), key);
    }

    private static Task<RespValue> CallAsync(TestConnection client, string command, string key,
        string[] arguments) => CallAsync(client, [command, key, .. arguments]);

    private static async Task<RespValue> CallAsync(TestConnection client, params string[] words)
    {
        RespValue reply = await client.CallAsync(words);
        Assert.That(reply.IsError, Is.False, $"{string.Join(' ', words)}: {reply}");
        return reply;
    }

    private Task<ServerProcess> StartAsync(string cores, string partitions, string nodes,
        string? directory = null) => ServerProcess.StartAsync(new ServerLaunch
        {
            Directory = directory,
            Settings =
            [
                ("cores", cores), ("partitions", partitions), ("collection-node-bytes", nodes),
                ("memtable-bytes", "256kb"), ("maxmemory", "64mb"), ("transfer-dir", _directory),
                ("enable-debug-command", "yes"),
            ],
        });
}
