using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Administration;

[TestFixture]
[Category("fast")]
public sealed class AdministrationTests
{
    private CommandHarness _hedge = null!;

    [SetUp]
    public void Start() => _hedge = new CommandHarness();

    [TearDown]
    public void Stop() => _hedge.Dispose();

    [Test]
    public void Every_setting_is_found_by_config_get()
    {
        Assert.That(_hedge.Run("CONFIG GET user"), Is.EqualTo("*0\r\n"));
        Setting[] shown = [.. SettingDeclarations.All.Where(setting => setting.IsShown)];
        foreach (Setting setting in shown)
        {
            string value = _hedge.Server.Settings.Current.Text(setting);
            Assert.That(_hedge.Run($"CONFIG GET {setting.Name}"), Is.EqualTo($"*2\r\n"
                + $"${setting.Name.Length}\r\n{setting.Name}\r\n${value.Length}\r\n{value}\r\n"));
        }

        int names = shown.Sum(setting => setting.Alias == null ? 1 : 2);
        Assert.That(_hedge.Run("CONFIG GET *"), Does.StartWith($"*{2 * names}\r\n"));
        Assert.That(_hedge.Run("CONFIG GET hash-max-ziplist-v*"),
            Is.EqualTo("*2\r\n$22\r\nhash-max-ziplist-value\r\n$2\r\n64\r\n"));
        Assert.That(_hedge.Run("CONFIG SET lua-time-limit 7"), Is.EqualTo("+OK\r\n"));
        Assert.That(_hedge.Run("CONFIG GET busy-reply-threshold"), Does.EndWith("$1\r\n7\r\n"));
        Assert.That(_hedge.Run("CONFIG GET slowlog-* hz hz*"), Does.StartWith("*6\r\n"));
    }

    [Test]
    public void Keyspace_events_follow_their_setting()
    {
        _hedge.Run("CONFIG SET notify-keyspace-events Ex");
        Assert.That(_hedge.Server.NotifiesKeyspaceEvents, Is.True);
        _hedge.Run("CONFIG SET notify-keyspace-events \"\"");
        Assert.That(_hedge.Server.NotifiesKeyspaceEvents, Is.False);
    }

    [Test]
    public void Save_waits_for_its_checkpoint()
    {
        _hedge.Checkpoints.Patience = 3;
        Assert.That(_hedge.Run("SAVE"), Is.EqualTo("+OK\r\n"));
        Assert.That(_hedge.Runs, Is.EqualTo(4));
        Assert.That(_hedge.Checkpoints.Completed, Is.EqualTo(1));
        _hedge.Checkpoints.Fails = true;
        Assert.That(_hedge.Run("SAVE"), Is.EqualTo("-ERR\r\n"));
        Assert.That(Field("rdb_last_bgsave_status"), Is.EqualTo("err"));
    }

    [Test]
    public void A_background_save_is_started_once()
    {
        Assert.That(_hedge.Run("BGSAVE"), Is.EqualTo("+Background saving started\r\n"));
        Assert.That(_hedge.Run("BGSAVE"), Is.EqualTo("-ERR Background save already in progress\r\n"));
        Assert.That(_hedge.Run("SAVE"), Is.EqualTo("-ERR Background save already in progress\r\n"));
        Assert.That(Field("rdb_bgsave_in_progress"), Is.EqualTo("1"));
        Assert.That(_hedge.Run("LASTSAVE"), Is.EqualTo(":1700000000\r\n"));
    }

    [TestCase("SHUTDOWN", null, false, false)]
    [TestCase("SHUTDOWN NOSAVE", false, false, false)]
    [TestCase("SHUTDOWN save now force", true, true, true)]
    public void Shutdown_leaves_a_request_and_no_reply(string line, bool? save, bool now, bool force)
    {
        _hedge.Run(line);
        Assert.That(_hedge.Server.Shutdown, Is.EqualTo(new ShutdownRequest(save, now, force)));
        Assert.That(_hedge.Session.ReplyMode, Is.EqualTo(ReplyMode.Skip));
        Assert.That(_hedge.Session.CloseAfterReply, Is.True);
        Assert.That(_hedge.Run("SHUTDOWN ABORT"), Is.EqualTo("+OK\r\n"));
        Assert.That(_hedge.Server.Shutdown, Is.Null);
    }

    [Test]
    public void Debug_is_closed_until_opened()
    {
        Assert.That(_hedge.Run("DEBUG SLEEP 0"), Does.StartWith("-ERR DEBUG command not allowed."));
        TimeSpan slept = default;
        SettingsReading reading = SettingSources.Read(["--enable-debug-command", "local"],
            new Dictionary<string, string>(), "/");
        var store = new SettingStore(reading.Settings!, null);
        var server = new Server(AllCommands.Table(), store) { BlockThread = time => slept = time };
        using var open = new CommandHarness(server: server);
        Assert.That(open.Run("DEBUG SLEEP 1.5"), Is.EqualTo("+OK\r\n"));
        Assert.That(slept, Is.EqualTo(TimeSpan.FromSeconds(1.5)));
        Assert.That(open.Run("DEBUG ERROR \"MINE is this\""), Is.EqualTo("-MINE is this\r\n"));
        Assert.That(open.Run("DEBUG SET-ACTIVE-EXPIRE 0"), Is.EqualTo("+OK\r\n"));
        Assert.That(server.ActiveExpire, Is.False);
        Assert.That(open.Run("DEBUG JMAP"), Does.Contain("# Managed heap").And.Contain("\nrecords:"));
        Assert.That(open.Run("DEBUG LISTPACK k"),
            Does.StartWith("-ERR unknown subcommand or wrong number of arguments for 'LISTPACK'."));
    }

    [TestCase("CLIENT")]
    [TestCase("CONFIG")]
    [TestCase("SLOWLOG")]
    [TestCase("LATENCY")]
    [TestCase("MEMORY")]
    [TestCase("OBJECT")]
    [TestCase("PUBSUB")]
    [TestCase("COMMAND")]
    public void Help_names_every_subcommand(string container)
    {
        string help = _hedge.Run(container + " HELP");
        Assert.That(help, Does.Contain(
            $"+{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"));
        Assert.That(help, Does.EndWith("+HELP\r\n+    Prints this help.\r\n"));
        Command found = _hedge.Server.Commands.Find(Encoding.ASCII.GetBytes(container))!;
        foreach (Command command in found.Subcommands)
            Assert.That(help, Does.Contain("+" + command.Spec.Name.Split('|')[1]));
    }

    [Test]
    public void Latency_events_are_kept_by_second_and_shown()
    {
        LatencyMonitor monitor = _hedge.Server.Statistics.Cores[0].Latency;
        monitor.Record("command", 100, 5);
        monitor.Record("command", 100, 9);
        monitor.Record("command", 100, 7);
        monitor.Record("command", 101, 3);
        monitor.Record("fast-command", 90, 2);
        Assert.That(_hedge.Run("LATENCY LATEST"), Is.EqualTo(
            "*2\r\n*4\r\n$7\r\ncommand\r\n:101\r\n:3\r\n:9\r\n"
            + "*4\r\n$12\r\nfast-command\r\n:90\r\n:2\r\n:2\r\n"));
        Assert.That(_hedge.Run("LATENCY HISTORY command"),
            Is.EqualTo("*2\r\n*2\r\n:100\r\n:9\r\n*2\r\n:101\r\n:3\r\n"));
        Assert.That(_hedge.Run("LATENCY GRAPH command"),
            Does.Contain("command - high 9 ms, low 3 ms (all time high 9 ms)"));
        _hedge.Run("CONFIG SET latency-monitor-threshold 1");
        Assert.That(_hedge.Run("LATENCY DOCTOR"),
            Does.Contain("command: 2 seconds with events, mean 6 ms, worst 9 ms"));
        Assert.That(_hedge.Run("LATENCY RESET nosuch command"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("LATENCY RESET"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("LATENCY LATEST"), Is.EqualTo("*0\r\n"));
    }

    [Test]
    public void Command_figures_are_summed_and_reset()
    {
        Command get = _hedge.Server.Commands.Find("GET"u8)!;
        CoreStatistics core = _hedge.Server.Statistics.Cores[0];
        foreach (long time in (long[])[1, 3, 3, 100])
            core.Of(get).Called(new CommandTime(time, 7, 0), failed: time == 100, tracksLatency: true);
        core.Of(get).Rejected = 2;
        core.CountError("WRONGTYPE Operation"u8);
        core.CountError("WRONGTYPE Operation"u8);
        Assert.That(Field("cmdstat_get"),
            Is.EqualTo("calls=4,usec=107,usec_per_call=26.75,rejected_calls=2,failed_calls=1"));
        Assert.That(Field("errorstat_WRONGTYPE"), Is.EqualTo("count=2"));
        Assert.That(Field("total_error_replies"), Is.EqualTo("2"));
        Assert.That(Field("latency_percentiles_usec_get"), Is.EqualTo("p50=3.000,p99=103.000,p99.9=103.000"));
        Assert.That(_hedge.Run("LATENCY HISTOGRAM get nosuch config|get"),
            Is.EqualTo("*2\r\n$3\r\nget\r\n*4\r\n"
            + "$5\r\ncalls\r\n:4\r\n$14\r\nhistogram_usec\r\n*6\r\n:1\r\n:1\r\n:4\r\n:3\r\n:132\r\n:4\r\n"));
        _hedge.Run("CONFIG RESETSTAT");
        Assert.That(_hedge.Run("INFO everything"),
            Does.Not.Contain("cmdstat_get").And.Not.Contain("errorstat_"));
    }

    [TestCase("redis_version", "7.2.4")]
    [TestCase("redis_mode", "standalone")]
    [TestCase("loading", "0")]
    [TestCase("role", "master")]
    [TestCase("connected_slaves", "0")]
    [TestCase("maxmemory_policy", "noeviction")]
    [TestCase("cluster_enabled", "0")]
    [TestCase("aof_enabled", "1")]
    [TestCase("tcp_port", "6379")]
    [TestCase("db0", "keys=1,expires=0,avg_ttl=0")]
    public void Info_has_the_fields_that_clients_decide_by(string field, string value)
    {
        _hedge.Run("SET a b");
        Assert.That(Field(field), Is.EqualTo(value));
    }

    [TestCase("run_id", "^[0-9a-f]{40}$")]
    [TestCase("hedge_version", @"^\d+\.\d+\.\d+$")]
    [TestCase("used_memory_human", @"^[\d.]+[BKMG]$")]
    [TestCase("mem_fragmentation_ratio", @"^\d+\.\d\d$")]
    [TestCase("instantaneous_ops_per_sec", @"^\d+$")]
    [TestCase("keyspace_hits", @"^\d+$")]
    [TestCase("evicted_keys", @"^\d+$")]
    [TestCase("expired_keys", @"^\d+$")]
    [TestCase("connected_clients", @"^\d+$")]
    [TestCase("blocked_clients", @"^\d+$")]
    [TestCase("maxmemory", @"^[1-9]\d*$")]
    [TestCase("used_memory_rss", @"^[1-9]\d*$")]
    [TestCase("rdb_last_save_time", @"^\d+$")]
    [TestCase("used_cpu_user", @"^\d+\.\d{6}$")]
    [TestCase("uptime_in_seconds", @"^\d+$")]
    public void Info_has_the_fields_that_monitoring_reads(string field, string pattern) =>
        Assert.That(Field(field), Does.Match(pattern));

    [Test]
    public void Info_gives_the_sections_asked_for()
    {
        Assert.That(Sections("INFO"), Is.EqualTo("Server Clients Memory Persistence Stats Replication CPU "
            + "Modules Errorstats Cluster Keyspace Storage"));
        Assert.That(Sections("INFO all"), Does.Contain("Commandstats Errorstats Latencystats Cluster"));
        Assert.That(Sections("INFO keyspace SERVER nosuch"), Is.EqualTo("Server Keyspace"));
        Assert.That(Sections("INFO default commandstats"), Does.Contain("Modules Commandstats Errorstats"));
        const string text = "# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n";
        Assert.That(_hedge.Run("INFO cluster keyspace"), Is.EqualTo($"${text.Length}\r\n{text}\r\n"));
    }

    [Test]
    public void The_storage_report_is_text_in_both_protocols()
    {
        _hedge.Run("SET key value");
        Assert.That(_hedge.Run("hedge.stats"), Does.Match(@"^\$\d+\r\ncompaction +tiered; "));
        Assert.That(_hedge.Run("HEDGE.STATS"), Does.Match(@"\ndb0 +1 +0 +0 +0\.00\n\r\n$"));
        Assert.That(_hedge.Run("HEDGE.STATS x"),
            Is.EqualTo("-ERR wrong number of arguments for 'hedge.stats' command\r\n"));
        _hedge.Protocol = 3;
        Assert.That(_hedge.Run("HEDGE.STATS"), Does.Match(@"^=\d+\r\ntxt:compaction +tiered; "));
        Assert.That(_hedge.Run("INFO storage"), Does.Match(@"^=\d+\r\ntxt:# Storage\r\ncompaction_policy:"));
    }

    [Test]
    public void Memory_is_told_in_several_ways()
    {
        _hedge.Run("SET key value");
        Assert.That(_hedge.Run("MEMORY USAGE key"), Does.Match("^:[1-9]\\d*\r\n$"));
        Assert.That(_hedge.Run("MEMORY STATS"), Does.Contain("keys.count\r\n:1\r\n"));
        Assert.That(_hedge.Run("MEMORY MALLOC-STATS"), Does.Contain("core 0: records "));
        Assert.That(_hedge.Run("MEMORY DOCTOR"), Does.Contain("Memory").Or.Contain("memory"));
    }

    [Test]
    public void Time_and_drawing_come_from_the_cores_clock_and_chance()
    {
        _hedge.Databases.NowMilliseconds = 1_700_000_000_123;
        Assert.That(_hedge.Run("TIME"), Is.EqualTo("*2\r\n$10\r\n1700000000\r\n$6\r\n123000\r\n"));
        Assert.That(_hedge.Run("LOLWUT VERSION 5"),
            Does.Contain($"Hedge ver. {Server.HedgeVersion}, Redis ver. 7.2.4"));
    }

    private string Field(string name)
    {
        string[] lines = _hedge.Run("INFO everything").Split("\r\n");
        string? line = Array.Find(lines, l => l.StartsWith(name + ":", StringComparison.Ordinal));
        Assert.That(line, Is.Not.Null, $"INFO has no field {name}");
        return line![(name.Length + 1)..];
    }

    private string Sections(string command) => string.Join(' ', _hedge.Run(command).Split("\r\n")
        .Where(l => l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[2..]));
}
