using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A script or a function that does not end: who needs its key is told that it is busy, everybody
/// else is served, and it can be ended, unless it has written.</summary>
[TestFixture("1")]
[TestFixture("2")]
[Category("process")]
internal sealed class BusyScriptTests(string cores)
{
    private const int ThresholdMilliseconds = 20;
    private const int Clients = 50;
    private const int ReadsPerClient = 20;
    private const string Held = "held";
    private const string Endless = "redis.call('get', KEYS[1]) while true do end";
    private const string EndlessAfterWrite = "redis.call('set', KEYS[1], 'half') while true do end";
    private const string Library = "#!lua name=lib\n"
        + "redis.register_function('endless', function(keys) redis.call('get', keys[1]) "
        + "while true do end end)\n"
        + "redis.register_function('writes', function(keys) redis.call('set', keys[1], 'half') "
        + "while true do end end)";

    private const string Undeclared = "return redis.call('get', 'held')";
    private const string Busy =
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private string _directory = "";

    private ServerLaunch Launch => new()
    {
        Kind = ServerKind.Hedge,
        Directory = _directory,
        Settings = [("cores", cores), ("busy-reply-threshold", $"{ThresholdMilliseconds}")],
    };

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-busy-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [TestCase("EVAL", "SCRIPT", "FUNCTION")]
    [TestCase("FCALL", "FUNCTION", "SCRIPT")]
    public async Task Who_needs_its_key_gets_BUSY_until_it_is_killed(string call, string right, string wrong)
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch);
        await using TestConnection caller = await server.ConnectAsync(), client = await server.ConnectAsync();
        foreach (string family in (string[])[right, wrong])
        {
            Assert.That((await client.CallAsync(family, "KILL")).Text,
                Is.EqualTo("NOTBUSY No scripts in execution right now."));
        }

        string[] others = [.. Enumerable.Range(0, 20).Select(i => $"other:{i}")];
        foreach (string key in (string[])[Held, .. others])
            Assert.That((await client.CallAsync("SET", key, "value")).Text, Is.EqualTo("OK"));
        await client.CallAsync("FUNCTION", "LOAD", Library);
        await Begin(caller, client, call, writes: false);

        Assert.That((await client.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        foreach (string[] request in (string[][])
            [
                ["GET", Held], ["SET", Held, "x"], ["MGET", others[0], Held], ["EVAL", Endless, "1", Held],
                ["EVAL", "return redis.call('get', 'held')", "0"], ["FLUSHALL"],
                ["SCAN", "0"], ["DBSIZE"],
            ])
        {
            string reply = (await client.CallAsync(request)).Text;
            Assert.That(reply, Does.StartWith("BUSY "), string.Join(' ', request));
        }

        Assert.That((await client.CallAsync(wrong, "KILL")).Text, Does.StartWith("BUSY "));
        Assert.That(await ServedAsync(client, others), Is.GreaterThan(others.Length / 2));
        Assert.That((await client.CallAsync(right, "KILL")).Text, Is.EqualTo("OK"));
        RespValue end = await caller.ReadAsync();
        // Redis says so of functions as well.
        Assert.That(end.Text, Does.StartWith("ERR Script killed by user with SCRIPT KILL..."));
        Assert.That((await client.CallAsync("GET", Held)).Text, Is.EqualTo("value"));
        Assert.That((await client.CallAsync(right, "KILL")).Text, Does.StartWith("NOTBUSY "));
    }

    [TestCase("EVAL", "SCRIPT")]
    [TestCase("FCALL", "FUNCTION")]
    public async Task After_a_write_only_SHUTDOWN_NOSAVE_ends_it_and_nothing_of_it_stays(
        string call, string family)
    {
        using (ServerProcess server = await ServerProcess.StartAsync(Launch))
        {
            await using TestConnection caller = await server.ConnectAsync(),
                client = await server.ConnectAsync();
            Assert.That((await client.CallAsync("SET", Held, "whole")).Text, Is.EqualTo("OK"));
            await client.CallAsync("FUNCTION", "LOAD", Library);
            await Begin(caller, client, call, writes: true);
            Assert.That((await client.CallAsync(family, "KILL")).Text, Does.StartWith("UNKILLABLE "));
            foreach (string form in (string[])["SHUTDOWN", "SHUTDOWN SAVE", "SHUTDOWN NOW"])
                Assert.That((await client.CallAsync(form.Split(' '))).Text, Does.StartWith("BUSY "), form);
            Assert.That((await client.CallAsync("GET", Held)).Text, Does.StartWith("BUSY "));
            client.Send("SHUTDOWN", "NOSAVE");
            Assert.That((await client.ReadToEndAsync()).Length, Is.Zero);
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await ServerProcess.StartAsync(Launch);
        await using TestConnection second = await again.ConnectAsync();
        Assert.That((await second.CallAsync("GET", Held)).Text, Is.EqualTo("whole"));
        Assert.That((await second.CallAsync("DBSIZE")).Integer, Is.EqualTo(1));
    }

    [Test]
    public async Task Others_are_answered_while_it_runs()
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch);
        await using TestConnection caller = await server.ConnectAsync(), client = await server.ConnectAsync();
        string[] keys = [.. Enumerable.Range(0, 20).Select(i => $"key:{i}")];
        foreach (string key in keys) await client.CallAsync("SET", key, "value");
        await Begin(caller, client, "EVAL", writes: false);
        List<string> free = [];
        foreach (string key in keys)
            if (await ServedAsync(client, key) == 1) free.Add(key);
        Assert.That(free, Is.Not.Empty);

        TestConnection[] readers =
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => server.ConnectAsync()));
        string[][] replies = await Task.WhenAll(readers.Select(async (reader, i) =>
        {
            var got = new string[ReadsPerClient];
            for (int n = 0; n < got.Length; n++)
                got[n] = (await reader.CallAsync("GET", free[(i + n) % free.Count])).Text;
            return got;
        }));
        Assert.That(replies.SelectMany(r => r), Has.All.EqualTo("value"));
        Assert.That(await RunsAsync(client, "EVAL"), "it is still the same script");
        Assert.That((await client.CallAsync("SCRIPT", "KILL")).Text, Is.EqualTo("OK"));
        Assert.That((await caller.ReadAsync()).IsError);
        foreach (TestConnection reader in readers) await reader.DisposeAsync();
    }

    /// <summary>Commands of several partitions that wait for the script when it becomes busy.</summary>
    [Test]
    public async Task Commands_that_came_before_it_became_busy_get_BUSY_as_well()
    {
        ServerLaunch launch = Launch with { Settings = [("cores", cores), ("busy-reply-threshold", "1000")] };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection caller = await server.ConnectAsync(), client = await server.ConnectAsync();
        await using TestConnection blocked = await server.ConnectAsync(),
            reader = await server.ConnectAsync();
        string[] others = [.. Enumerable.Range(0, 20).Select(i => $"other:{i}")];
        foreach (string key in (string[])[Held, .. others])
            Assert.That((await client.CallAsync("SET", key, "value")).Text, Is.EqualTo("OK"));
        blocked.Send("BLPOP", "queue:1", "queue:2", "queue:3", "0");
        await UntilAsync(client, "blocked_clients:1");
        caller.Send("EVAL", Endless, "1", Held);
        while (!await RunsAsync(client, "EVAL")) { }
        string[][] requests =
        [
            ["MGET", others[0], Held], ["DBSIZE"], ["KEYS", "*"], ["FLUSHALL"], ["EVAL", Undeclared, "0"],
            ["DEL", others[1], Held], ["EXEC"],
        ];
        List<TestConnection> waiters = [];
        foreach (string[] request in requests)
        {
            TestConnection waiter = await server.ConnectAsync();
            waiters.Add(waiter);
            if (request[0] == "EXEC")
            {
                await waiter.CallAsync("MULTI");
                foreach (string key in (string[])[others[0], Held])
                    Assert.That((await waiter.CallAsync("SET", key, "x")).Text, Is.EqualTo("QUEUED"));
            }

            waiter.Send(request);
        }

        // They have come before the threshold, or this would be BUSY.
        await UntilAsync(client, $"leases_withdrawn:{requests.Length}");
        for (int i = 0; i < requests.Length; i++)
        {
            string prefix = requests[i][0] == "EXEC" ? "EXECABORT Transaction discarded because of: " : "";
            Assert.That((await waiters[i].ReadAsync()).Text, Is.EqualTo(prefix + Busy), requests[i][0]);
        }

        Assert.That(await ServedAsync(reader, others), Is.GreaterThan(others.Length / 2));
        Assert.That((await waiters[^1].CallAsync("EXEC")).Text, Is.EqualTo("ERR EXEC without MULTI"));
        await ChangeLibrariesAsync(client);
        Assert.That((await client.CallAsync("SCRIPT", "KILL")).Text, Is.EqualTo("OK"));
        Assert.That((await caller.ReadAsync()).Text, Does.StartWith("ERR Script killed by user"));
        Assert.That((await client.CallAsync("RPUSH", "queue:2", "item")).Integer, Is.EqualTo(1));
        Assert.That((await blocked.ReadAsync()).Children[1].Text, Is.EqualTo("item"));
        Assert.That((await waiters[0].CallAsync(requests[0])).Children.Select(value => value.Text),
            Is.EqualTo((string[])["value", "value"]));
        Assert.That((await waiters[1].CallAsync("DBSIZE")).Integer, Is.EqualTo(others.Length + 1));
        Assert.That((await waiters[2].CallAsync(requests[2])).Children, Has.Count.EqualTo(others.Length + 1));
        Assert.That((await waiters[4].CallAsync(requests[4])).Text, Is.EqualTo("value"));
        Assert.That((await waiters[5].CallAsync(requests[5])).Integer, Is.EqualTo(2));
        Assert.That((await waiters[6].CallAsync("MULTI")).Text, Is.EqualTo("OK"));
        Assert.That((await waiters[6].CallAsync("DBSIZE")).Text, Is.EqualTo("QUEUED"));
        Assert.That((await waiters[6].CallAsync("EXEC")).Children[0].Integer, Is.EqualTo(others.Length - 1));
        Assert.That((await waiters[3].CallAsync("FLUSHALL")).Text, Is.EqualTo("OK"));
        Assert.That((await client.CallAsync("DBSIZE")).Integer, Is.Zero);
        foreach (TestConnection waiter in waiters) await waiter.DisposeAsync();
    }

    /// <summary>What a client gets that needs what a busy script holds is what it gets of redis-server, and
    /// so is what its transaction is afterwards.</summary>
    [Test]
    public async Task Replies_beside_a_busy_script_are_those_of_redis_server()
    {
        List<string> own = await TellAsync(Launch);
        List<string> expected = await TellAsync(Launch with { Kind = ServerKind.Redis, Directory = null });
        Assert.That(own, Is.EqualTo(expected));
    }

    private static async Task<List<string>> TellAsync(ServerLaunch launch)
    {
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection caller = await server.ConnectAsync(), client = await server.ConnectAsync();
        await using TestConnection queued = await server.ConnectAsync(),
            watching = await server.ConnectAsync();
        List<string> told = [];
        async Task Tell(TestConnection connection, params string[] lines)
        {
            foreach (string line in lines)
            {
                RespValue reply = await connection.CallAsync(line.Split(' '));
                string text = reply.Kind == RespKind.Array
                    ? string.Join(',', reply.Children.Select(value => value.Text)) : reply.Text;
                told.Add($"{line}: {text}");
            }
        }

        await Tell(client, $"SET {Held} value", "SET other value");
        await Tell(queued, "MULTI", $"MSET {Held} x other x");
        await Tell(watching, $"WATCH {Held} other", "MULTI", $"GET {Held}");
        caller.Send("EVAL", Endless, "1", Held);
        await BecomeBusyAsync(client);
        await Tell(client, $"MGET {Held} other", "DBSIZE", "FLUSHALL", "KEYS *", $"DEL {Held} other",
            "UNWATCH", "MULTI", $"GET {Held}", "DISCARD", "DISCARD", "MULTI", "DISCARD", "SHUTDOWN");
        await Tell(queued, "EXEC", "DISCARD", "MULTI", "DISCARD");
        await Tell(watching, "DISCARD", $"GET {Held}", "UNWATCH", "RESET", "FUNCTION KILL", "SCRIPT KILL");
        told.Add((await caller.ReadAsync()).Text.Split(" script:")[0]);
        await Tell(client, "EXEC", $"MGET {Held} other", "DBSIZE");
        await Tell(queued, "MULTI", $"MGET {Held} other", "DBSIZE", "EXEC", "FLUSHALL", "DBSIZE");
        return told;
    }

    // Who needs its key is answered when the threshold is over.
    private static async Task BecomeBusyAsync(TestConnection client) =>
        Assert.That((await client.CallAsync("GET", Held)).Text, Does.StartWith("BUSY "));

    // A running script does not need what is remembered of it.
    private static async Task ChangeLibrariesAsync(TestConnection client)
    {
        Assert.That((await client.CallAsync("SCRIPT", "FLUSH")).Text, Is.EqualTo("OK"));
        Assert.That((await client.CallAsync("FUNCTION", "LOAD", Library)).Text, Is.EqualTo("lib"));
        Assert.That((await client.CallAsync("FUNCTION", "LOAD", "REPLACE", Library)).Text, Is.EqualTo("lib"));
        Assert.That((await client.CallAsync("FUNCTION", "FLUSH")).Text, Is.EqualTo("OK"));
    }

    private static async Task UntilAsync(TestConnection client, string line)
    {
        using var deadline = new CancellationTokenSource(Patience);
        string info = "";
        while (!info.Contains(line + "\r\n", StringComparison.Ordinal))
        {
            if (deadline.IsCancellationRequested) Assert.Fail($"no {line} in {info}");
            info = (await client.CallAsync("INFO", "everything")).Text;
        }
    }

    // Starts the loop; returns when it has run for longer than the threshold.
    private static async Task Begin(TestConnection caller, TestConnection client, string call, bool writes)
    {
        if (call == "EVAL") caller.Send("EVAL", writes ? EndlessAfterWrite : Endless, "1", Held);
        else caller.Send("FCALL", writes ? "writes" : "endless", "1", Held);
        using var deadline = new CancellationTokenSource(Patience);
        while (!await RunsAsync(client, call)) deadline.Token.ThrowIfCancellationRequested();
        await BecomeBusyAsync(client);
    }

    // The command that kills what is called in the other way tells so, and kills nothing.
    private static async Task<bool> RunsAsync(TestConnection client, string call) =>
        (await client.CallAsync(call == "EVAL" ? "FUNCTION" : "SCRIPT", "KILL")).Text
            .StartsWith("BUSY ", StringComparison.Ordinal);

    private static async Task<int> ServedAsync(TestConnection client, params string[] keys)
    {
        int served = 0;
        foreach (string key in keys)
        {
            string reply = (await client.CallAsync("GET", key)).Text;
            if (reply == "value") served++;
            else Assert.That(reply, Does.StartWith("BUSY "));
        }

        return served;
    }
}
