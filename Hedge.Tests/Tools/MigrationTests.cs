using Hedge.Tests.Differential;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Tools;

/// <summary>A Redis with random data of all types moves to Hedge by each of the ways there are, and back to
/// another Redis, which must hold the same then.</summary>
[TestFixture]
[Category("diff")]
public sealed class MigrationTests
{
    private static readonly string[] Families =
        ["string", "list", "hash", "set", "sorted-set", "stream", "hyperloglog", "geo"];

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hedge-move-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_redis_moves_here_and_back([Values("file", "commands", "server")] string way,
        [Values("server", "directory")] string target)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        using ServerProcess redis = await StartRedisAsync(Path.Combine(_folder, "from"));
        Fill(redis.Port, new Random(seed), way == "commands");
        using var from = new ServerContents(redis.Port);
        from.Call("FUNCTION", "LOAD", "REPLACE",
            "#!lua name=lib\nredis.register_function('seven', function() return 7 end)");
        string source = way switch
        {
            "file" => SavedFile(from, redis.Directory),
            "commands" => Path.Combine(redis.Directory, "appendonlydir"),
            _ => $"redis://127.0.0.1:{redis.Port}",
        };
        string directory = Path.Combine(_folder, "hedge");
        if (target == "directory") await ImportAsync(source, "--dir", directory);
        using ServerProcess hedge = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Directory = directory,
            Settings = [("memtable-bytes", "64kb"), ("cores", "2")],
        });
        if (target == "server") await ImportAsync(source, "--server", $"127.0.0.1:{hedge.Port}");
        using var here = new ServerContents(hedge.Port);
        SortedDictionary<string, string> wanted = from.All();
        TestContext.Out.WriteLine($"{wanted.Count} keys");
        // The time that is left was read and set again, which takes a moment.
        bool isExact = way != "server";
        Same(wanted, here.All(), "in Hedge", isExact);

        string back = Path.Combine(_folder, "back");
        Directory.CreateDirectory(back);
        ToolRun export = await ToolRun.OfAsync("export", "--rdb", Path.Combine(back, "dump.rdb"), "--server",
            $"127.0.0.1:{hedge.Port}", "--quiet");
        Assert.That(export.ExitCode, Is.Zero, export.Errors);
        Assert.That(export.Output, Does.Contain($"keys: {wanted.Count}\n"));
        using ServerProcess second = await StartRedisAsync(back);
        using var there = new ServerContents(second.Port);
        from.Call("DEBUG", "RELOAD");
        Same(from.All(), there.All(), "in the second Redis", isExact);
        Assert.That(there.Call("FCALL", "seven", "0").Integer, Is.EqualTo(7));
        if (isExact)
            Assert.That(there.Call("DEBUG", "DIGEST").Text, Is.EqualTo(from.Call("DEBUG", "DIGEST").Text));
    }

    private static async Task ImportAsync(string source, params string[] target)
    {
        ToolRun import = await ToolRun.OfAsync(["import", source, .. target, "--quiet"]);
        Assert.That(import.ExitCode, Is.Zero, import.Errors + import.Output);
    }

    private static string SavedFile(ServerContents redis, string directory)
    {
        Assert.That(redis.Call("SAVE").Text, Is.EqualTo("OK"));
        return Path.Combine(directory, "dump.rdb");
    }

    private static Task<ServerProcess> StartRedisAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        return ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Redis,
            Directory = directory,
            Settings = [("appendonly", "no"), ("dbfilename", "dump.rdb")],
        });
    }

    private static void Fill(int port, Random random, bool logsCommands)
    {
        using var pipe = new ReplyPipe(port);
        Make(pipe, random);
        if (logsCommands)
        {
            pipe.Run("CONFIG SET appendonly yes");
            Await(pipe, "aof_rewrite_in_progress:0");
        }

        foreach (string family in Families)
        {
            string[] keys = [.. Enumerable.Range(0, 25).Select(i => $"{family}{i}")];
            var mix = new CommandMix(random, keys, family);
            using var client = new ReplyPipe(port);
            for (int i = 0; i < 40; i++)
            {
                client.RunAll([.. Enumerable.Range(0, 50).Select(_ => mix.Next())
                    .Where(c => c.Name is not ("FLUSHALL" or "FLUSHDB" or "SWAPDB" or "RESET" or "QUIT"))
                    .Select(c => c.Words)]);
            }
        }

        if (logsCommands) Await(pipe, "aof_last_write_status:ok");
    }

    private static void Await(ReplyPipe pipe, string field)
    {
        while (!System.Text.Encoding.ASCII.GetString(pipe.Run("INFO persistence"))
            .Contains(field, StringComparison.Ordinal)) Thread.Yield();
    }

    // What a mix seldom makes: much of everything, in another database as well.
    private static void Make(ReplyPipe pipe, Random random)
    {
        for (int i = 0; i < 3000; i++)
        {
            string text = new((char)('a' + (i % 26)), random.Next(1, 90));
            pipe.Run($"HSET big:hash f{i} {text}");
            pipe.Run($"ZADD big:zset {random.NextDouble() * i:R} m{i}");
            pipe.Run($"RPUSH big:list {text}{i}");
            pipe.Run($"SADD big:set {text}{i}");
            pipe.Run($"SADD big:intset {i}");
            pipe.Run($"XADD big:stream {i + 1}-0 a {i} {(i % 7 == 0 ? "c" : "b")} {text}");
            pipe.Run($"SET string:{i} {text}{(i % 2 == 0 ? "" : $" PX {100_000_000 + i}")}");
        }

        pipe.Run("XGROUP CREATE big:stream g 0");
        pipe.Run("XGROUP CREATE big:stream empty 5-0");
        pipe.Run("XREADGROUP GROUP g one COUNT 50 STREAMS big:stream >");
        pipe.Run("XREADGROUP GROUP g two COUNT 50 STREAMS big:stream >");
        pipe.Run("XDEL big:stream 3-0 60-0 3000-0");
        pipe.Run("XADD trimmed 1-0 a b");
        pipe.Run("XTRIM trimmed MAXLEN 0");
        pipe.Run("ZADD inf inf a -inf b 0 c");
        pipe.Run("SELECT 9");
        pipe.Run("SET nine 9");
        pipe.Run("HSET nine:hash a 1");
        pipe.Run("EXPIRE nine:hash 100000");
        pipe.Run("SELECT 0");
    }

    internal static void Same(SortedDictionary<string, string> wanted,
        SortedDictionary<string, string> actual, string where, bool isExact)
    {
        Assert.That(actual.Keys, Is.EqualTo(wanted.Keys), where);
        foreach ((string key, string value) in wanted)
        {
            string[] mine = value.Split(' ', 4), its = actual[key].Split(' ', 4);
            bool isOfEqualTime = isExact ? mine[2] == its[2]
                : Math.Abs(long.Parse(mine[2], null) - long.Parse(its[2], null)) < 10_000;
            Assert.That(isOfEqualTime, $"{where}: {key} expires at {its[2]}, not {mine[2]}");
            Assert.That(its[1], Is.EqualTo(mine[1]), $"{where}: {key}");
            Assert.That(its[3], Is.EqualTo(mine[3]), $"{where}: {key}");
            if (where != "in Hedge") Assert.That(its[0], Is.EqualTo(mine[0]), $"{where}: {key}");
        }
    }
}
