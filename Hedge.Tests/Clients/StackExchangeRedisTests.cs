using Hedge.Tests.Processes;
using NUnit.Framework;
using StackExchange.Redis;

namespace Hedge.Tests.Clients;

/// <summary>StackExchange.Redis in both versions of the protocol.</summary>
[TestFixture(RedisProtocol.Resp2)]
[TestFixture(RedisProtocol.Resp3)]
public sealed class StackExchangeRedisTests(RedisProtocol protocol) : ClientFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ConnectionMultiplexer _connection = null!;
    private IDatabase _database = null!;

    [OneTimeSetUp]
    public void Connect()
    {
        _connection = Open();
        _database = _connection.GetDatabase();
    }

    [OneTimeTearDown]
    public void Close() => _connection?.Dispose();

    [Test]
    public void Strings_make_the_round_trip()
    {
        byte[] bytes = [0, 255, 13, 10];
        Assert.That(_database.StringSet("se:bytes", bytes), Is.True);
        Assert.That((byte[]?)_database.StringGet("se:bytes"), Is.EqualTo(bytes));
        Assert.That(_database.StringGet("se:none").IsNull, Is.True);
        Assert.That(_database.StringIncrement("se:n", 41), Is.EqualTo(41));
        Assert.That(_database.StringIncrement("se:n"), Is.EqualTo(42));
        Assert.That(_database.StringAppend("se:text", "abc"), Is.EqualTo(3));
        Assert.That((string?)_database.StringGetRange("se:text", 1, 1), Is.EqualTo("b"));
        Assert.That((string?)_database.StringGetSet("se:text", "new"), Is.EqualTo("abc"));
        Assert.That(_database.StringSet("se:text", "other", when: When.NotExists), Is.False);
        Assert.That(_database.StringSet([new("se:m1", 1), new("se:m2", 2)]), Is.True);
        RedisValue[] many = _database.StringGet(["se:m1", "se:none", "se:m2"]);
        Assert.That(many.Select(v => (int?)v), Is.EqualTo((int?[])[1, null, 2]));
    }

    [Test]
    public async Task Asynchronous_commands_of_one_connection_are_answered_each_with_its_own()
    {
        Task<bool>[] sets =
            [.. Enumerable.Range(0, 2000).Select(i => _database.StringSetAsync($"se:a:{i}", i))];
        Task<RedisValue>[] gets =
            [.. Enumerable.Range(0, 2000).Select(i => _database.StringGetAsync($"se:a:{i}"))];
        Assert.That(await Task.WhenAll(sets), Is.All.True);
        Assert.That((await Task.WhenAll(gets)).Select(v => (int)v), Is.EqualTo(Enumerable.Range(0, 2000)));
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        await _database.StringSetAsync("se:a:large", large);
        using Lease<byte>? read = await _database.StringGetLeaseAsync("se:a:large");
        Assert.That(read!.Span.SequenceEqual(large), Is.True);
        Assert.That((string?)await _database.StringGetDeleteAsync("se:a:7"), Is.EqualTo("7"));
        Assert.That(await _database.KeyExistsAsync("se:a:7"), Is.False);
    }

    [Test]
    public void Bits_are_set_counted_and_combined()
    {
        Assert.That(_database.StringSetBit("se:b1", 3, true), Is.False);
        Assert.That(_database.StringSetBit("se:b2", 5, true), Is.False);
        Assert.That(_database.StringBitOperation(Bitwise.Or, "se:b3", "se:b1", "se:b2"), Is.EqualTo(1));
        Assert.That(_database.StringBitCount("se:b3"), Is.EqualTo(2));
        Assert.That(_database.StringBitPosition("se:b3", true), Is.EqualTo(3));
    }

    [Test]
    public void Keys_expire()
    {
        _database.StringSet("se:e", "x", TimeSpan.FromSeconds(100));
        Assert.That(
            _database.KeyTimeToLive("se:e"), Is.InRange(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(100)));
        Assert.That(_database.KeyPersist("se:e"), Is.True);
        Assert.That(_database.KeyTimeToLive("se:e"), Is.Null);
        Assert.That(_database.KeyExpire("se:e", TimeSpan.FromMilliseconds(50)), Is.True);
        Assert.That(() => _database.KeyExists("se:e"), Is.False.After(5000, 10));
    }

    [Test]
    public void A_transaction_runs_whole()
    {
        ITransaction transaction = _database.CreateTransaction();
        Task<bool> set = transaction.StringSetAsync("se:t", 1);
        Task<long> incremented = transaction.StringIncrementAsync("se:t");
        Assert.That(transaction.Execute(), Is.True);
        Assert.That(set.Result, Is.True);
        Assert.That(incremented.Result, Is.EqualTo(2));
    }

    [Test]
    public void A_transaction_whose_condition_does_not_hold_does_nothing()
    {
        _database.StringSet("se:c", "old");
        ITransaction transaction = _database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("se:c", "other"));
        _ = transaction.StringSetAsync("se:c", "new");
        Assert.That(transaction.Execute(), Is.False);
        Assert.That((string?)_database.StringGet("se:c"), Is.EqualTo("old"));
        transaction = _database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("se:c", "old"));
        _ = transaction.StringSetAsync("se:c", "new");
        Assert.That(transaction.Execute(), Is.True);
        Assert.That((string?)_database.StringGet("se:c"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Conditions_of_a_transaction_are_watched()
    {
        using ConnectionMultiplexer other = Open();
        await _database.StringSetAsync([new("se:w:there", 1), new("se:w:n", 10)]);
        await _database.KeyDeleteAsync("se:w:none");
        (Condition Condition, bool Holds)[] cases =
        [
            (Condition.KeyExists("se:w:there"), true), (Condition.KeyNotExists("se:w:none"), true),
            (Condition.StringNotEqual("se:w:there", 2), true),
            (Condition.StringLengthEqual("se:w:n", 2), true),
            (Condition.KeyExists("se:w:none"), false), (Condition.KeyNotExists("se:w:there"), false),
        ];
        foreach ((Condition condition, bool holds) in cases)
        {
            ITransaction transaction = _database.CreateTransaction();
            ConditionResult result = transaction.AddCondition(condition);
            Task<long> incremented = transaction.StringIncrementAsync("se:w:n");
            Assert.That(await transaction.ExecuteAsync(), Is.EqualTo(holds), $"{condition}");
            Assert.That(result.WasSatisfied, Is.EqualTo(holds), $"{condition}");
            Assert.That(incremented.IsCanceled, Is.EqualTo(!holds), $"{condition}");
        }

        Assert.That((int)await other.GetDatabase().StringGetAsync("se:w:n"), Is.EqualTo(14));
    }

    [Test]
    public void Many_threads_share_a_connection()
    {
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 500; i++)
            {
                _database.StringSet($"se:p:{thread}:{i}", i, flags: CommandFlags.FireAndForget);
                _database.StringIncrement("se:shared");
            }
        });
        Assert.That((long)_database.StringGet("se:shared"), Is.EqualTo(4000));
        for (int thread = 0; thread < 8; thread++)
            Assert.That((int)_database.StringGet($"se:p:{thread}:499"), Is.EqualTo(499));
    }

    [Test]
    public void An_error_costs_no_reply_of_a_shared_connection()
    {
        _database.StringSet("se:word", "word");
        Task<RedisValue> before = _database.StringGetAsync("se:word");
        Task<long> wrong = _database.StringIncrementAsync("se:word");
        Task<RedisValue> after = _database.StringGetAsync("se:word");
        Assert.That((string?)before.Result, Is.EqualTo("word"));
        Assert.That(async () => await wrong, Throws.InstanceOf<RedisServerException>()
            .With.Message.Contains("not an integer"));
        Assert.That((string?)after.Result, Is.EqualTo("word"));
    }

    [Test]
    public void Keys_are_listed_by_pattern_and_deleted()
    {
        IDatabase database = _connection.GetDatabase(5);
        for (int i = 0; i < 1000; i++)
            database.StringSet($"se:list:{i}", i, flags: CommandFlags.FireAndForget);
        IServer server = _connection.GetServer(_connection.GetEndPoints()[0]);
        string[] found = [.. server.Keys(5, "se:list:*", 100).Select(k => (string)k!)];
        Assert.That(found.Distinct(), Is.EquivalentTo(Enumerable.Range(0, 1000).Select(i => $"se:list:{i}")));
        Assert.That(server.DatabaseSize(5), Is.EqualTo(1000));
        Assert.That(database.KeyDelete(["se:list:1", "se:list:2", "se:none"]), Is.EqualTo(2));
        server.FlushDatabase(5);
        Assert.That(server.DatabaseSize(5), Is.Zero);
    }

    [Test]
    public async Task Scripts_are_sent_prepared_and_loaded()
    {
        const string text = "return {KEYS[1], ARGV[1], redis.call('incrby', KEYS[1], ARGV[1])}";
        for (int i = 1; i <= 2; i++)
        {
            RedisResult result = await _database.ScriptEvaluateAsync(text, ["se:script"], [20]);
            Assert.That((string[]?)result, Is.EqualTo((string[])["se:script", "20", $"{20 * i}"]));
        }

        LuaScript prepared =
            LuaScript.Prepare("redis.call('set', @key, @value) return redis.call('get', @key)");
        var parameters = new { key = (RedisKey)"se:prepared", value = "x\0\r\ny" };
        Assert.That((string?)prepared.Evaluate(_database, parameters), Is.EqualTo(parameters.value));
        IServer server = _connection.GetServer(_connection.GetEndPoints()[0]);
        LoadedLuaScript loaded = prepared.Load(server);
        Assert.That((string?)await loaded.EvaluateAsync(_database, parameters), Is.EqualTo(parameters.value));
        Assert.That(server.ScriptExists(loaded.ExecutableScript), Is.True);
        server.ScriptFlush();
        Assert.That(server.ScriptExists(loaded.ExecutableScript), Is.False);
        // The client sends a script's text again when the server has forgotten it.
        Assert.That((string[]?)_database.ScriptEvaluate(text, ["se:script"], [2]), Has.Length.EqualTo(3));
        Assert.That(() => _database.ScriptEvaluate("return redis.call('incr', KEYS[1])", ["se:prepared"]),
            Throws.InstanceOf<RedisServerException>().With.Message.Contains("not an integer"));
        ITransaction transaction = _database.CreateTransaction();
        Task<RedisResult> inside = transaction.ScriptEvaluateAsync("return redis.call('get', KEYS[1])",
            ["se:script"]);
        Assert.That(await transaction.ExecuteAsync(), Is.True);
        Assert.That((int)await inside, Is.EqualTo(42));
    }

    [Test]
    public async Task Messages_arrive_by_channel_and_by_pattern()
    {
        using ConnectionMultiplexer other = Open();
        ISubscriber subscriber = _connection.GetSubscriber();
        RedisChannel literal = RedisChannel.Literal("se:news");
        RedisChannel pattern = RedisChannel.Pattern("se:*:pattern");
        var first = new TaskCompletionSource<string?>();
        var second = new TaskCompletionSource<string?>();
        await subscriber.SubscribeAsync(literal, (_, value) => first.TrySetResult(value));
        await subscriber.SubscribeAsync(
            pattern, (channel, value) => second.TrySetResult($"{channel} {value}"));
        var published = RedisChannel.Literal("se:x:pattern");
        Assert.That(await other.GetSubscriber().PublishAsync(literal, "hello"), Is.EqualTo(1));
        Assert.That(await other.GetSubscriber().PublishAsync(published, "again"), Is.EqualTo(1));
        Assert.That(await first.Task.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo("hello"));
        Assert.That(await second.Task.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo("se:x:pattern again"));
        await subscriber.UnsubscribeAllAsync();
    }

    [Test]
    public async Task Messages_of_a_channel_keep_their_order()
    {
        using ConnectionMultiplexer other = Open();
        RedisChannel channel = RedisChannel.Literal("se:ordered");
        ChannelMessageQueue queue = await _connection.GetSubscriber().SubscribeAsync(channel);
        for (int i = 0; i < 1000; i++)
            await other.GetSubscriber().PublishAsync(channel, i, CommandFlags.FireAndForget);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (int i = 0; i < 1000; i++)
            Assert.That((int)(await queue.ReadAsync(deadline.Token)).Message, Is.EqualTo(i));
        await queue.UnsubscribeAsync();
        Assert.That(await other.GetSubscriber().PublishAsync(channel, "late"), Is.Zero);
    }

    [Test]
    public async Task After_a_restart_of_the_server_the_client_reconnects_and_is_subscribed_again()
    {
        string directory = Directory.CreateTempSubdirectory("hedge-reconnect-").FullName;
        try
        {
            await Reconnect(new ServerLaunch { Directory = directory });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public void The_server_is_known_by_its_information()
    {
        IServer server = _connection.GetServer(_connection.GetEndPoints()[0]);
        Assert.That(server.Version, Is.GreaterThanOrEqualTo(new Version(7, 0)));
        Assert.That(server.IsConnected, Is.True);
        Assert.That(server.Protocol, Is.EqualTo(protocol));
        Assert.That(server.ConfigGet("maxmemory-policy")[0].Value, Is.EqualTo("noeviction"));
        Assert.That(server.ClientList(), Is.Not.Empty);
        Assert.That(server.Info("server"), Is.Not.Empty);
        Assert.That(server.Time(), Is.EqualTo(DateTime.UtcNow).Within(TimeSpan.FromMinutes(1)));
    }

    private async Task Reconnect(ServerLaunch launch)
    {
        using ServerProcess first = await ServerProcess.StartAsync(launch);
        using ConnectionMultiplexer connection = Open(first.Port);
        IDatabase database = connection.GetDatabase();
        RedisChannel channel = RedisChannel.Literal("se:again");
        var message = new TaskCompletionSource<string?>();
        await connection.GetSubscriber().SubscribeAsync(channel, (_, text) => message.TrySetResult(text));
        await database.StringSetAsync("se:kept", "kept");
        Task failed = Next(h => connection.ConnectionFailed += h);
        Task restored = Next(h => connection.ConnectionRestored += h);
        Assert.That(await first.TerminateAsync(), Is.Zero);
        await failed.WaitAsync(Patience);
        using ServerProcess second = await ServerProcess.StartAsync(launch with { Port = first.Port });
        await restored.WaitAsync(Patience);
        Assert.That((string?)await database.StringGetAsync("se:kept"), Is.EqualTo("kept"));
        using ConnectionMultiplexer other = Open(second.Port);
        Assert.That(() => other.GetSubscriber().Publish(channel, "hello"), Is.EqualTo(1).After(20_000, 20));
        Assert.That(await message.Task.WaitAsync(Patience), Is.EqualTo("hello"));
    }

    // Ends with the next such event of the connection that carries commands.
    private static Task Next(Action<EventHandler<ConnectionFailedEventArgs>> subscribe)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        subscribe((_, happened) =>
        {
            if (happened.ConnectionType == ConnectionType.Interactive) source.TrySetResult();
        });
        return source.Task;
    }

    private ConnectionMultiplexer Open() => Open(Server.Port);

    private ConnectionMultiplexer Open(int port) => ConnectionMultiplexer.Connect(new ConfigurationOptions
    {
        EndPoints = { { "127.0.0.1", port } },
        AllowAdmin = true,
        SyncTimeout = 20_000,
        AsyncTimeout = 20_000,
        Protocol = protocol,
        // Both decide how soon it finds out that the server is back.
        HeartbeatInterval = TimeSpan.FromMilliseconds(100),
        ReconnectRetryPolicy = new LinearRetry(50),
    });
}
