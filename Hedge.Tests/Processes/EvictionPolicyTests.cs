using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>The eviction policies as clients see them: a cache filled to twice its limit.</summary>
[TestFixture]
[Category("process")]
public sealed class EvictionPolicyTests
{
    private const long Limit = 32L << 20;
    private const int ValueBytes = 400;
    private const int BatchKeys = 200;
    private const int HotKeys = 200;
    private const string NoRoom = "OOM command not allowed when used disk > 'maxdisk'.";

    [TestCase("allkeys-lru", true)]
    [TestCase("allkeys-lfu", true, Category = "soak")]
    [TestCase("allkeys-random", false, Category = "soak")]
    [TestCase("volatile-lru", true, Category = "soak")]
    [TestCase("volatile-lfu", true)]
    [TestCase("volatile-random", false, Category = "soak")]
    [TestCase("volatile-ttl", false)]
    public async Task Writes_go_on_and_keys_are_evicted_by_the_policy(string policy, bool keepsHot)
    {
        bool isVolatile = policy.StartsWith("volatile", StringComparison.Ordinal);
        using ServerProcess server = await StartAsync(policy);
        await using TestConnection client = await server.ConnectAsync();
        await using TestConnection listener = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "notify-keyspace-events", "Ee");
        await listener.CallAsync("SUBSCRIBE", "__keyevent@0__:evicted");
        for (int i = 0; i < HotKeys; i++)
        {
            await client.CallAsync("SET", $"stays:{i}", "value");
            await client.CallAsync("SET", $"hot:{i}", "value", "EX", "100000");
        }

        int keys = (int)(2 * Limit / ValueBytes);
        await FillAsync(client, keys, expires: true);

        long evicted = await FigureAsync(client, "evicted_keys");
        Assert.That(evicted, Is.GreaterThan(keys / 4));
        RespValue message = await listener.ReadAsync();
        Assert.That(message[1].Text, Is.EqualTo("__keyevent@0__:evicted"));
        int stays = await CountAsync(client, "stays");
        int hot = await CountAsync(client, "hot");
        TestContext.Out.WriteLine($"{evicted} of {keys} evicted; {hot} hot, {stays} persistent ones left");
        if (isVolatile) Assert.That(stays, Is.EqualTo(HotKeys));
        // What is not used: the share that is left of it.
        double cold = 1 - ((double)evicted / keys);
        if (keepsHot) Assert.That(hot, Is.GreaterThan(HotKeys * (1 + cold) / 2));
    }

    [Test]
    public async Task A_volatile_policy_refuses_writes_when_no_key_with_an_expiry_is_left()
    {
        using ServerProcess server = await StartAsync("volatile-lru");
        await using TestConnection client = await server.ConnectAsync();

        HashSet<string> errors = await FillAsync(client, (int)(2 * Limit / ValueBytes), expires: false);

        Assert.That(errors, Is.EquivalentTo(new[] { NoRoom }));
        Assert.That((await client.CallAsync("GET", "key:7")).Text, Has.Length.EqualTo(ValueBytes));
        Assert.That((await client.CallAsync("DEL", "key:7")).Integer, Is.EqualTo(1));
        Assert.That(await FigureAsync(client, "evicted_keys"), Is.Zero);
    }

    [Test]
    public async Task A_watched_key_that_is_evicted_fails_the_transaction()
    {
        using ServerProcess server = await StartAsync("volatile-ttl");
        await using TestConnection client = await server.ConnectAsync();
        await using TestConnection other = await server.ConnectAsync();
        await client.CallAsync("SET", "first", "value", "EX", "10000");
        await client.CallAsync("WATCH", "first");

        await FillAsync(other, (int)(2 * Limit / ValueBytes), expires: true);

        Assert.That((await other.CallAsync("EXISTS", "first")).Integer, Is.Zero);
        await client.CallAsync("MULTI");
        await client.CallAsync("PING");
        Assert.That((await client.CallAsync("EXEC")).IsNull, Is.True);
    }

    [Test]
    public async Task A_key_that_is_evicted_is_told_to_who_has_read_it()
    {
        using ServerProcess server = await StartAsync("volatile-ttl");
        await using TestConnection client = await server.ConnectAsync();
        await using TestConnection other = await server.ConnectAsync();
        await client.CallAsync("SET", "first", "value", "EX", "10000");
        await client.CallAsync("HELLO", "3");
        await client.CallAsync("CLIENT", "TRACKING", "ON", "NOLOOP");
        await client.CallAsync("GET", "first");

        await FillAsync(other, (int)(2 * Limit / ValueBytes), expires: true);

        RespValue push = await client.ReadAsync();
        Assert.That((push[0].Text, push[1][0].Text), Is.EqualTo(("invalidate", "first")));
        Assert.That((await other.CallAsync("EXISTS", "first")).Integer, Is.Zero);
    }

    private static Task<ServerProcess> StartAsync(string policy) => ServerProcess.StartAsync(new ServerLaunch
    {
        Settings =
        [
            ("maxdisk", Limit.ToString(CultureInfo.InvariantCulture)),
            ("maxmemory-policy", policy),
            ("maxmemory", "256mb"),
            ("cores", "1"),
        ],
    });

    // The hot keys are read all the while.
    private static async Task<HashSet<string>> FillAsync(TestConnection client, int keys, bool expires)
    {
        string value = new('x', ValueBytes);
        HashSet<string> errors = [];
        for (int key = 0; key < keys && errors.Count == 0; key += BatchKeys)
        {
            for (int i = key; i < key + BatchKeys; i++)
            {
                string time = (100_000 + i).ToString(CultureInfo.InvariantCulture);
                if (expires) client.Send("SET", $"key:{i}", value, "EX", time);
                else client.Send("SET", $"key:{i}", value);
            }

            for (int i = 0; i < HotKeys; i++) client.Send("GET", $"hot:{i}");
            for (int i = 0; i < BatchKeys; i++)
            {
                string? text = (await client.ReadAsync()).Text;
                if (text != "OK") errors.Add(text ?? "null");
            }

            for (int i = 0; i < HotKeys; i++) await client.ReadAsync();
        }

        return errors;
    }

    private static async Task<int> CountAsync(TestConnection client, string kind)
    {
        int count = 0;
        for (int i = 0; i < HotKeys; i++)
            count += (int)(await client.CallAsync("EXISTS", $"{kind}:{i}")).Integer;
        return count;
    }

    private static async Task<long> FigureAsync(TestConnection client, string name)
    {
        string info = (await client.CallAsync("INFO", "stats")).Text!;
        string line = info.Split("\r\n").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }
}
