using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>maxdisk: five times as much is written as fits.</summary>
[TestFixture]
[Category("process")]
public sealed class DiskLimitTests
{
    private const long Limit = 32L << 20;
    private const int ValueBytes = 1024;
    private const int BatchKeys = 100;
    private const int HotKeys = 50;
    private const string NoRoom = "OOM command not allowed when used disk > 'maxdisk'.";

    // The room of a small limit is soon used up: what is written between two counts, and files that are being
    // replaced, weigh more than in a large one.
    private const double Tolerance = 1.25;

    [Test]
    public async Task Without_eviction_writes_are_refused_as_Redis_refuses_them_and_all_else_goes_on()
    {
        using ServerProcess server = await StartAsync("noeviction");
        await using TestConnection client = await server.ConnectAsync();

        Fill fill = await FillAsync(server, client, expires: false, stopAtError: true);

        Assert.That(fill.Errors, Is.EquivalentTo(new[] { NoRoom }));
        await server.SaysAsync("are refused from now on, since maxdisk is reached (OOM)");
        Assert.That(fill.PeakBytes, Is.LessThan(Limit * Tolerance));
        Assert.That((await client.CallAsync("GET", "key:7")).Text, Has.Length.EqualTo(ValueBytes));
        Assert.That(await CallWhenFullAsync(client, ["COPY", "key:7", "copy"]), Is.EqualTo(new[] { NoRoom }));
        Assert.That(await CallWhenFullAsync(client, ["MULTI"], ["GET", "key:7"], ["EXEC"]),
            Is.EqualTo(new[]
            {
                "OK", NoRoom, "EXECABORT Transaction discarded because of previous errors.",
            }));
        Assert.That((await client.CallAsync("DEL", "key:7")).Integer, Is.EqualTo(1));
        Assert.That(await FigureAsync(client, "evicted_keys"), Is.Zero);

        Assert.That((await client.CallAsync("FLUSHALL")).Text, Is.EqualTo("OK"));
        RespValue reply;
        do reply = await client.CallAsync("SET", "new", "value");
        while (reply.Text == NoRoom);
        Assert.That(reply.Text, Is.EqualTo("OK"));
        await server.SaysAsync("The data directory has room again: writes are accepted");
    }

    [TestCase("allkeys-lru", true)]
    [TestCase("allkeys-lfu", true, Category = "soak")]
    [TestCase("allkeys-random", false)]
    public async Task A_cache_of_all_keys_stays_within_the_limit(string policy, bool keepsHot)
    {
        using ServerProcess server = await StartAsync(policy);
        await using TestConnection client = await server.ConnectAsync();
        for (int i = 0; i < HotKeys; i++) await client.CallAsync("SET", $"hot:{i}", "value");

        Fill fill = await FillAsync(server, client, expires: false, stopAtError: false);

        Assert.That(fill.Errors, Is.Empty);
        Assert.That(fill.PeakBytes, Is.LessThan(Limit * Tolerance));
        Assert.That(await FigureAsync(client, "evicted_keys"), Is.GreaterThan(fill.Keys / 2));
        int hot = 0;
        for (int i = 0; i < HotKeys; i++) hot += (int)(await client.CallAsync("EXISTS", $"hot:{i}")).Integer;
        TestContext.Out.WriteLine($"{hot} of {HotKeys} hot keys are there");
        if (keepsHot) Assert.That(hot, Is.GreaterThan(HotKeys * 8 / 10));
    }

    [TestCase("volatile-lfu", Category = "soak")]
    [TestCase("volatile-ttl")]
    public async Task Keys_without_an_expiry_are_never_evicted_by_a_volatile_policy(string policy)
    {
        using ServerProcess server = await StartAsync(policy);
        await using TestConnection client = await server.ConnectAsync();
        for (int i = 0; i < 1000; i++) await client.CallAsync("SET", $"stays:{i}", "value");

        Fill fill = await FillAsync(server, client, expires: true, stopAtError: false);

        Assert.That(fill.Errors, Is.Empty);
        Assert.That(fill.PeakBytes, Is.LessThan(Limit * Tolerance));
        Assert.That(await FigureAsync(client, "evicted_keys"), Is.GreaterThan(fill.Keys / 2));
        for (int i = 0; i < 1000; i++)
            Assert.That((await client.CallAsync("GET", $"stays:{i}")).Text, Is.EqualTo("value"));
    }

    [Test]
    public async Task What_was_evicted_stays_away_and_the_numbers_of_keys_are_right_after_a_restart()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hedge-limit-");
        try
        {
            long keys, volatileKeys;
            using (ServerProcess server = await StartAsync("volatile-ttl", directory.FullName))
            {
                await using TestConnection client = await server.ConnectAsync();
                for (int i = 0; i < 1000; i++) await client.CallAsync("SET", $"stays:{i}", "value");
                await FillAsync(server, client, expires: true, stopAtError: false, parts: 2);
                Assert.That(await FigureAsync(client, "evicted_keys"), Is.GreaterThan(0));
                await client.CallAsync("CONFIG", "SET", "maxdisk", "0");
                keys = (await client.CallAsync("DBSIZE")).Integer;
                volatileKeys = await ExpiresAsync(client);
                Assert.That(volatileKeys, Is.EqualTo(keys - 1000));
                Assert.That(await server.TerminateAsync(), Is.Zero);
            }

            using ServerProcess again = await StartAsync("noeviction", directory.FullName, "0");
            await using TestConnection other = await again.ConnectAsync();
            Assert.That((await other.CallAsync("DBSIZE")).Integer, Is.EqualTo(keys));
            Assert.That(await ExpiresAsync(other), Is.EqualTo(volatileKeys));
        }
        finally
        {
            directory.Delete(true);
        }
    }

    private static Task<ServerProcess> StartAsync(string policy, string? directory = null,
        string? limit = null) => ServerProcess.StartAsync(new ServerLaunch
        {
            Directory = directory,
            Settings =
            [
                ("maxdisk", limit ?? Limit.ToString(CultureInfo.InvariantCulture)),
                ("maxmemory-policy", policy),
                ("log-segment-bytes", "1mb"),
                ("maxmemory", "256mb"),
                ("cores", "1"),
            ],
        });

    private static async Task<Fill> FillAsync(ServerProcess server, TestConnection client, bool expires,
        bool stopAtError, int parts = 5)
    {
        string value = new('x', ValueBytes);
        var fill = new Fill { Keys = (int)(parts * Limit / ValueBytes) };
        for (int key = 0; key < fill.Keys; key += BatchKeys)
        {
            int end = Math.Min(fill.Keys, key + BatchKeys);
            for (int i = key; i < end; i++)
            {
                string time = (100_000 + i).ToString(CultureInfo.InvariantCulture);
                if (expires) client.Send("SET", $"key:{i}", value, "EX", time);
                else client.Send("SET", $"key:{i}", value);
            }

            for (int i = 0; i < HotKeys; i++) client.Send("GET", $"hot:{i}");
            for (int i = key; i < end; i++)
            {
                string? text = (await client.ReadAsync()).Text;
                if (text != "OK") fill.Errors.Add(text ?? "null");
            }

            for (int i = 0; i < HotKeys; i++) await client.ReadAsync();
            fill.PeakBytes = Math.Max(fill.PeakBytes, BytesOf(server.Directory));
            if (stopAtError && fill.Errors.Count > 0) break;
        }

        TestContext.Out.WriteLine($"peak {(double)fill.PeakBytes / Limit:0.00} of the limit");
        return fill;
    }

    // A merge that ends makes room again at any moment: what is asked comes right behind writes that fill it.
    private static async Task<string?[]> CallWhenFullAsync(TestConnection client, params string[][] requests)
    {
        string value = new('x', ValueBytes);
        var replies = new string?[requests.Length];
        for (int attempt = 0; attempt < 100; attempt++)
        {
            for (int i = 0; i < BatchKeys; i++) client.Send("SET", $"more:{attempt}:{i}", value);
            foreach (string[] request in requests) client.Send(request);
            for (int i = 0; i < BatchKeys; i++) await client.ReadAsync();
            for (int i = 0; i < requests.Length; i++) replies[i] = (await client.ReadAsync()).Text;
            if (replies.Contains(NoRoom)) break;
        }

        return replies;
    }

    private static long BytesOf(string directory)
    {
        long bytes = 0;
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            try
            {
                bytes += new FileInfo(file).Length;
            }
            catch (FileNotFoundException)
            {
                // Deleted meanwhile.
            }
        }

        return bytes;
    }

    private static async Task<long> FigureAsync(TestConnection client, string name)
    {
        string info = (await client.CallAsync("INFO", "stats")).Text!;
        string line = info.Split("\r\n").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }

    private static async Task<long> ExpiresAsync(TestConnection client)
    {
        string info = (await client.CallAsync("INFO", "keyspace")).Text!;
        string field = info.Split(',').First(f => f.StartsWith("expires=", StringComparison.Ordinal));
        return long.Parse(field.AsSpan("expires=".Length), CultureInfo.InvariantCulture);
    }

    private sealed class Fill
    {
        public int Keys { get; init; }

        public long PeakBytes { get; set; }

        public HashSet<string> Errors { get; } = [];
    }
}
