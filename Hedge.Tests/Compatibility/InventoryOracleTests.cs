using System.Text;
using Hedge.Host.Settings;
using Hedge.Resp.Clients;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Compatibility;

/// <summary>The lists of Redis's commands and settings are redis-server's own, and settings behave as there
/// whatever they are set to.</summary>
[TestFixture]
[Category("diff")]
public sealed class InventoryOracleTests : OracleFixture
{
    // The oracle is started with values of its own.
    private static readonly string[] Chosen =
        ["port", "dir", "bind", "save", "enable-debug-command", "ignore-warnings"];

    // These open sockets, which the commands alone have not; the tests of listeners try them.
    private static readonly string[] Listening = ["bind", "port", "tls-port"];

    private static readonly string[] Values =
        ["", "0", "1", "-1", "7", "x", "yes", "no", "YES", "1kb", "99999999999999999999", "1 2 3", "50%"];

    [Test]
    public void The_lists_are_those_of_redis_server()
    {
        if (!Oracle.Available) Assert.Ignore("redis-server is not installed: nothing to compare with");
        // Other tests change the fixture's own.
        using Oracle redis = Oracle.Start();
        string[] Words(string command) => [.. redis.Run(command).Split("\r\n").Skip(1)
            .Where((_, i) => i % 2 == 1)];
        string[] commands = [.. Words("COMMAND LIST").Select(w => w.ToUpperInvariant()).Order()];
        Assert.That(RedisInventory.Commands.Where(c => !c.IsNewer).Select(c => c.Name).Order(),
            Is.EqualTo(commands));
        string[] settings = Words("CONFIG GET *");
        Assert.That(RedisInventory.Settings.Where(s => !s.IsNewer).Select(s => s.Name).Order(),
            Is.EqualTo(settings.Where((_, i) => i % 2 == 0).Order()));
        for (int i = 0; i < settings.Length; i += 2)
        {
            if (Chosen.Contains(settings[i])) continue;
            RedisItem item = RedisInventory.Settings.First(s => s.Name == settings[i]);
            Assert.That(item.Default, Is.EqualTo(settings[i + 1]), item.Name);
        }
    }

    [Test]
    public void Every_setting_answers_as_in_redis_whatever_it_is_set_to()
    {
        Reset(2);
        var found = new List<string>();
        int asked = 0;
        foreach (RedisItem item in RedisInventory.Settings.Where(s => !s.IsNewer))
        {
            if (SettingDeclarations.Find(item.Name) is not { IsConstant: false } setting) continue;
            if (SettingNotes.Answers.ContainsKey(setting.Name) || Listening.Contains(setting.Name)) continue;
            foreach (string value in (string[])[.. Values, item.Default])
            {
                byte[][] set = [.. new[] { "CONFIG", "SET", item.Name, value }.Select(Bytes)];
                byte[][] get = [.. new[] { "CONFIG", "GET", item.Name }.Select(Bytes)];
                // Redis takes a number of bytes that no memory has for the largest one.
                if (setting is MemorySetting or ShareSetting && value == Values[^3]) continue;
                if (!SameReply(set, out string difference)) found.Add(difference);
                else if (setting.Change == SettingChange.AtRunTime && !SameReply(get, out difference))
                    found.Add($"after {value}: {difference}");
                asked++;
            }
        }

        Assert.That(string.Join('\n', found), Is.Empty);
        Figures.Count("settings-compared", ("values", asked), ("unexplained", found.Count));
        Assert.That(asked, Is.GreaterThan(500));
    }

    [Test]
    public void A_constant_takes_its_own_value_and_refuses_others_with_the_reason()
    {
        Reset(2);
        foreach (RedisItem item in RedisInventory.Settings)
        {
            if (SettingDeclarations.Find(item.Name) is not { IsConstant: true } setting) continue;
            string name = item.Name == setting.Alias ? item.Name : setting.Name;
            string failure = $"-ERR CONFIG SET failed (possibly related to argument '{name}') - ";
            string own = Set(item.Name, setting.DefaultText);
            string other = Set(item.Name, "zork");
            if (setting.Change != SettingChange.AtRunTime || setting.IsProtected)
            {
                string why = setting.IsProtected ? "protected" : "immutable";
                string refusal = $"{failure}can't set {why} config\r\n";
                Assert.That((own, other), Is.EqualTo((refusal, refusal)));
                if (!item.IsNewer)
                    Assert.That(Redis.Run($"CONFIG SET {item.Name} zork"), Is.EqualTo(refusal));
                continue;
            }

            Assert.That(own, Is.EqualTo("+OK\r\n"), item.Name);
            Assert.That(other, Is.EqualTo(
                $"{failure}argument must be '{setting.DefaultText}': {setting.Summary.TrimEnd('.')}\r\n"));
        }
    }

    [Test]
    public void Several_settings_and_patterns_are_taken_as_by_redis() => Same(
        "CONFIG SET maxmemory 1 MAXMEMORY 2", "CONFIG SET lua-time-limit 1 busy-reply-threshold 2",
        "CONFIG GET lua-time-limit", "CONFIG SET busy-reply-threshold 3 lua-time-limit 4",
        "CONFIG GET busy-reply-threshold", "CONFIG SET busy-reply-threshold 5000",
        "CONFIG SET MAXMEMORY zz", "CONFIG SET LUA-TIME-LIMIT x", "CONFIG SET DAEMONIZE x nosuch 1",
        "CONFIG SET maxmemory 1 nosuch 1 dbfilename x", "CONFIG SET dbfilename x nosuch 1",
        "CONFIG SET DBFILENAME x", "CONFIG SET DAEMONIZE yes", "CONFIG SET slaveof x",
        "CONFIG SET replicaof x",
        "CONFIG SET hz abc maxmemory 5", "CONFIG GET maxmemory", "CONFIG SET maxmemory 5 hz abc",
        "CONFIG GET maxmemory", "CONFIG SET a b c", "CONFIG GET maxmemory MAXMEMORY maxmemory",
        "CONFIG GET \\\\maxmemory", "CONFIG GET nosuch maxmemory",
        "CONFIG SET latency-tracking-info-percentiles \"50 101\"",
        "CONFIG SET latency-tracking-info-percentiles \"  50\"",
        "CONFIG SET latency-tracking-info-percentiles 1.23456789",
        "CONFIG GET latency-tracking-info-percentiles",
        "CONFIG SET latency-tracking-info-percentiles 99.99999999",
        "CONFIG GET latency-tracking-info-percentiles", "CONFIG SET latency-tracking-info-percentiles 1e1",
        "CONFIG GET latency-tracking-info-percentiles", "CONFIG SET shutdown-on-sigint \"save nosave\"",
        "CONFIG SET shutdown-on-sigint \"force NOW save\"", "CONFIG GET shutdown-on-sigint",
        "CONFIG SET shutdown-on-sigint \"default now\"", "CONFIG GET shutdown-on-sigint",
        "CONFIG SET shutdown-on-sigint default", "CONFIG SET oom-score-adj-values \"0 200  800\"",
        "CONFIG SET oom-score-adj-values \"-2001 0 0\"", "CONFIG SET oom-score-adj-values \"100 50 10\"",
        "CONFIG GET oom-score-adj-values", "CONFIG SET oom-score-adj-values \"0 200 800\"",
        "CONFIG SET repl-backlog-size 1mb", "CONFIG SET auto-aof-rewrite-min-size 64mb");

    [Test]
    public async Task Payloads_are_compressed_or_not_as_by_redis()
    {
        string text = new('a', 200);
        using ServerProcess hedge = await ServerProcess.StartAsync(
            new ServerLaunch { Kind = ServerKind.Hedge });
        using ServerProcess redis = await ServerProcess.StartAsync(
            new ServerLaunch { Kind = ServerKind.Redis });
        await using TestConnection one = await hedge.ConnectAsync();
        await using TestConnection other = await redis.ConnectAsync();
        int payloads = 0;
        foreach (string line in (string[])
        [
            $"SET s {text}", $"RPUSH l {text} {text} b", $"HSET h f {text}", $"ZADD z 1 {text}",
            $"SADD m {text}", $"XADD x 1-1 f {text}", "CONFIG SET rdbcompression no",
            "DUMP s", "DUMP l", "DUMP h", "DUMP z", "DUMP m", "DUMP x",
            "CONFIG SET rdbcompression yes", "DUMP s", "DUMP l", "DUMP h", "DUMP z",
            "DUMP m", "DUMP x",
        ])
        {
            RespValue reply = await one.CallAsync(line.Split(' '));
            Assert.That(reply, Is.EqualTo(await other.CallAsync(line.Split(' '))), line);
            if (line.StartsWith("DUMP", StringComparison.Ordinal) && reply.Bytes.Length > 20) payloads++;
        }

        Assert.That(payloads, Is.EqualTo(12));
    }

    [TestCase("0", "0")]
    [TestCase("0", "1")]
    public async Task Access_counters_rise_as_in_redis(string factor, string decay)
    {
        using ServerProcess hedge = await ServerProcess.StartAsync(
            new ServerLaunch { Kind = ServerKind.Hedge });
        using ServerProcess redis = await ServerProcess.StartAsync(
            new ServerLaunch { Kind = ServerKind.Redis });
        await using TestConnection one = await hedge.ConnectAsync();
        await using TestConnection other = await redis.ConnectAsync();
        string[] gets = [.. Enumerable.Repeat("GET key", 12)];
        string[] more = [.. Enumerable.Repeat("GET key", 300)];
        foreach (string line in (string[])
        [
            "CONFIG SET maxmemory-policy allkeys-lfu", $"CONFIG SET lfu-log-factor {factor}",
            $"CONFIG SET lfu-decay-time {decay}", "SET key v", "OBJECT FREQ key",
            .. gets, "OBJECT FREQ key", .. more, "OBJECT FREQ key",
        ])
        {
            RespValue reply = await one.CallAsync(line.Split(' '));
            Assert.That(reply, Is.EqualTo(await other.CallAsync(line.Split(' '))), line);
        }

        // Nearly no access counts.
        await one.CallAsync("CONFIG", "SET", "lfu-log-factor", "1000000000");
        await one.CallAsync("SET", "other", "v");
        for (int i = 0; i < 300; i++) await one.CallAsync("GET", "other");
        Assert.That((await one.CallAsync("OBJECT", "FREQ", "other")).Integer, Is.InRange(5, 8));
    }

    private string Set(string name, string value) => Encoding.Latin1.GetString(
        Hedge.Execute([.. new[] { "CONFIG", "SET", name, value }.Select(Bytes)]));
}
