using System.Collections;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Settings;

[TestFixture]
[Category("fast")]
public sealed class SettingSourcesTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-settings-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Defaults_hold_without_any_source()
    {
        SettingsReading reading = Read([]);
        Assert.Multiple(() =>
        {
            Assert.That(reading.Problems, Is.Empty);
            Assert.That(reading.ConfigFile, Is.Null);
            Assert.That(reading.Settings!.Network.Port, Is.EqualTo(6379));
            Assert.That(reading.Settings.AppendFsync, Is.EqualTo(AppendFsync.EverySec));
            Assert.That(reading.Settings.Cores, Is.InRange(1, 64));
            Assert.That(reading.Settings.MemoryBudgetBytes, Is.GreaterThan(0));
        });
    }

    [Test]
    public void Later_sources_win_over_earlier_ones()
    {
        WriteConf("""{ "port": 7000, "maxclients": 5, "timeout": 9, "appendfsync": "always" }""");
        SettingsReading reading = Read(["--timeout", "11"],
            ("HEDGE_TIMEOUT", "10"), ("HEDGE_MAXCLIENTS", "6"));
        Assert.Multiple(() =>
        {
            Assert.That(reading.Problems, Is.Empty);
            Assert.That(reading.ConfigFile, Is.EqualTo(Path.Combine(_directory, "conf", "hedge.json")));
            Assert.That(reading.Settings!.Network.Port, Is.EqualTo(7000));
            Assert.That(reading.Settings.AppendFsync, Is.EqualTo(AppendFsync.Always));
            Assert.That(reading.Settings.MaxClients, Is.EqualTo(6));
            Assert.That(reading.Settings.TimeoutSeconds, Is.EqualTo(11));
        });
    }

    [Test]
    public void The_file_may_hold_numbers_truth_values_units_and_arrays()
    {
        WriteConf("""
            { // comments are fine
              "maxmemory": "800mb", "latency-tracking": false, "save": "",
              "bind": ["127.0.0.1", "-::1", "*"] }
            """);
        ServerSettings settings = Read([]).Settings!;
        Assert.Multiple(() =>
        {
            Assert.That(settings.MaxMemoryBytes, Is.EqualTo(800L << 20));
            Assert.That(settings.LatencyTracking, Is.False);
            Assert.That(settings.Text(NetworkDeclarations.Bind), Is.EqualTo("127.0.0.1 -::1 *"));
        });
    }

    [TestCase("--port 7001 --maxmemory 1gb --requirepass secret")]
    [TestCase("--port=7001 --maxmemory=1gb --requirepass=secret")]
    [TestCase("--PORT 7001 --MaxMemory 1GB --requirepass secret")]
    public void The_command_line_takes_both_notations(string line)
    {
        ServerSettings settings = Read(line.Split(' ')).Settings!;
        Assert.Multiple(() =>
        {
            Assert.That(settings.Network.Port, Is.EqualTo(7001));
            Assert.That(settings.MaxMemoryBytes, Is.EqualTo(1L << 30));
            Assert.That(settings.RequirePass, Is.EqualTo("secret"));
        });
    }

    [Test]
    public void A_value_of_several_words_goes_on_to_the_next_option()
    {
        ServerSettings settings = Read(["--client-output-buffer-limit", "normal", "1kb", "2", "3", "--bind",
            "*", "-::*",
            "--slowlog-log-slower-than", "-1"]).Settings!;
        Assert.Multiple(() =>
        {
            Assert.That(settings.OutputLimits.Normal, Is.EqualTo(new OutputLimit(1024, 2, 3)));
            Assert.That(settings.OutputLimits.PubSub.SoftSeconds, Is.EqualTo(60),
                "other classes keep their limits");
            Assert.That(settings.Network.Bind, Has.Count.EqualTo(2));
            Assert.That(settings.SlowlogLogSlowerThanMicroseconds, Is.EqualTo(-1));
        });
    }

    [Test]
    public void A_file_is_named_by_option_first_word_or_environment()
    {
        string path = Path.Combine(_directory, "other.json");
        File.WriteAllText(path, """{ "port": 7002 }""");
        Assert.Multiple(() =>
        {
            Assert.That(Read(["--config", path]).Settings!.Network.Port, Is.EqualTo(7002));
            Assert.That(Read([path, "--timeout", "3"]).Settings!.Network.Port, Is.EqualTo(7002));
            Assert.That(Read([], ("HEDGE_CONFIG", path)).Settings!.Network.Port, Is.EqualTo(7002));
            Assert.That(Read(["--config", path + "x"]).Problems.Single(),
                Does.Contain("no file").And.Contain(path));
        });
    }

    [Test]
    public void All_problems_are_listed_at_once_with_name_value_and_what_is_allowed()
    {
        WriteConf("""{ "portt": 1, "hz": 0 }""");
        SettingsReading reading = Read(["--appendfsync", "sometimes", "--color", "red", "--dir"],
            ("HEDGE_MAXMEMORY", "much"), ("HEDGE_NONSENSE", "1"));
        Assert.That(reading.Settings, Is.Null);
        string all = string.Join('\n', reading.Problems);
        Assert.Multiple(() =>
        {
            Assert.That(reading.Problems, Has.Count.EqualTo(7), all);
            Assert.That(all, Does.Contain("portt: no such setting"));
            Assert.That(all, Does.Contain("hz: \"0\" is not allowed").And.Contain("allowed: 1…500"));
            Assert.That(all, Does.Contain("appendfsync: \"sometimes\" is not allowed (command line)")
                .And.Contain("everysec, always, no"));
            Assert.That(all, Does.Contain("color: no such setting (command line)"));
            Assert.That(all, Does.Contain("--dir: needs a value"));
            Assert.That(all,
                Does.Contain("maxmemory: \"much\" is not allowed (environment variable HEDGE_MAXMEMORY)"));
            Assert.That(all, Does.Contain("nonsense: no such setting (environment variable HEDGE_NONSENSE)"));
        });
    }

    [TestCase("HEDGE_SERVER_CPULIST", "server_cpulist")]
    [TestCase("HEDGE_AOF_REWRITE_CPULIST", "aof_rewrite_cpulist")]
    [TestCase("HEDGE_TCP_KEEPALIVE", "tcp-keepalive")]
    [TestCase("HEDGE_LUA_TIME_LIMIT", "busy-reply-threshold")]
    public void Environment_variables_name_every_setting(string variable, string setting) =>
        Assert.That(Read([], (variable, "zork")).Problems.Single(),
            Does.StartWith($"{setting}: \"zork\" is not allowed"));

    [Test]
    public void A_broken_file_is_a_problem_not_an_exception()
    {
        WriteConf("""{ "port": """);
        Assert.That(Read([]).Problems.Single(), Does.StartWith("config: cannot read"));
    }

    [Test]
    public void Service_links_of_Kubernetes_are_no_settings() => Assert.That(Read([],
        ("HEDGE_PORT", "tcp://10.0.0.1:6379"), ("HEDGE_PORT_6379_TCP", "tcp://10.0.0.1:6379"),
        ("HEDGE_SERVICE_HOST", "10.0.0.1")).Problems, Is.Empty);

    [TestCase("port", "-1", "65536", "x", "", "1.5", "0x10", " 1")]
    [TestCase("bind", "localhost:1", "", "1.2.3.400", "-")]
    [TestCase("tcp-backlog", "0", "x")]
    [TestCase("tcp-keepalive", "-1", "2147483648")]
    [TestCase("timeout", "-1", "010")]
    [TestCase("maxclients", "0", "many")]
    [TestCase("client-output-buffer-limit", "normal 0 0", "guest 0 0 0", "normal 1x 0 0", "normal 0 0 -1",
        "")]
    [TestCase("client-query-buffer-limit", "1", "1048575")]
    [TestCase("proto-max-bulk-len", "1k", "1gb")]
    [TestCase("dir", "")]
    [TestCase("appendfsync", "yes", "")]
    [TestCase("databases", "0", "1025")]
    [TestCase("partitions", "0", "3", "2048")]
    [TestCase("log-segment-bytes", "1", "5gb")]
    [TestCase("maxmemory", "-5", "10xb", "100%", "99999999999999999999", "9223372036854775807gb", "1 gb")]
    [TestCase("memtable-bytes", "1")]
    [TestCase("block-cache-bytes", "-1")]
    [TestCase("cores", "0", "65")]
    [TestCase("io", "kqueue")]
    [TestCase("hz", "0", "501")]
    [TestCase("notify-keyspace-events", "q", "KEx ")]
    [TestCase("slowlog-log-slower-than", "-2")]
    [TestCase("slowlog-max-len", "-3")]
    [TestCase("latency-monitor-threshold", "-1")]
    [TestCase("latency-tracking", "maybe", "1")]
    [TestCase("loglevel", "loud")]
    [TestCase("enable-debug-command", "true", "all")]
    [TestCase("maxmemory-policy", "lru", "allkeys-ttl")]
    [TestCase("maxmemory-samples", "0", "65")]
    [TestCase("maxdisk", "-1", "much")]
    [TestCase("latency-tracking-info-percentiles", "101", "x")]
    [TestCase("supervised", "upstart", "initd")]
    [TestCase("syslog-facility", "local8", "mail")]
    [TestCase("oom-score-adj", "maybe")]
    [TestCase("oom-score-adj-values", "1 2", "1 2 2001")]
    [TestCase("shutdown-on-sigterm", "save nosave", "soon")]
    [TestCase("rename-command", "get")]
    [TestCase("active-expire-effort", "0", "11")]
    [TestCase("maxmemory-clients", "-1", "101%", "010%", "1.5%", "%", "10%%")]
    public void Every_wrong_value_is_named(string setting, params string[] values)
    {
        foreach (string value in values)
        {
            IReadOnlyList<string> problems = Read([$"--{setting}={value}"]).Problems;
            Assert.That(problems, Has.Count.EqualTo(1), $"{setting} = \"{value}\"");
            Assert.That(problems[0], Does.StartWith($"{setting}: \"{value}\" is not allowed"));
            Assert.That(problems[0], Does.Contain("; allowed: "));
        }
    }

    [Test]
    public void A_constant_that_is_set_to_something_else_keeps_the_server_from_starting_and_says_why()
    {
        foreach (Setting setting in SettingDeclarations.All.Where(s => s.IsConstant))
        {
            string problem = Read([$"--{setting.Alias ?? setting.Name}=zork"]).Problems.Single();
            Assert.That(problem, Does.StartWith($"{setting.Name}: \"zork\" is not allowed"));
            Assert.That(problem, Does.Contain(setting.Summary.TrimEnd('.')));
            if (setting.DefaultText.Length > 0)
                Assert.That(Read([$"--{setting.Name}={setting.DefaultText}"]).Problems, Is.Empty);
        }
    }

    [Test]
    public void Every_default_reads_back_as_itself()
    {
        foreach (Setting setting in SettingDeclarations.All)
        {
            object? value = setting.Parse(setting.DefaultText, setting.DefaultValue, out string problem);
            Assert.That(value, Is.Not.Null, $"{setting.Name}: {problem}");
            Assert.That(setting.Format(value!), Is.EqualTo(setting.DefaultText), setting.Name);
        }
    }

    [TestCase("KEA", "AKE")]
    [TestCase("KEAm", "AKEm")]
    [TestCase("Ex", "xE")]
    [TestCase("Kg$", "g$K")]
    [TestCase("gm", "gm")]
    [TestCase("nKEA", "AnKE")]
    [TestCase("g$lshzxetd", "A")]
    [TestCase("", "")]
    public void Keyspace_events_are_shown_in_order(string given, string shown)
    {
        ServerSettings settings = Read(["--notify-keyspace-events=" + given]).Settings!;
        Assert.That(settings.Text(SettingDeclarations.NotifyKeyspaceEvents), Is.EqualTo(shown));
        Assert.That(settings.NotifyKeyspaceEvents == KeyspaceEvents.None, Is.EqualTo(given.Length == 0));
    }

    [TestCase("10", 10)]
    [TestCase("10b", 10)]
    [TestCase("10k", 10_000)]
    [TestCase("10KB", 10_240)]
    [TestCase("3m", 3_000_000)]
    [TestCase("3mb", 3 << 20)]
    [TestCase("1G", 1_000_000_000)]
    [TestCase("1gb", 1 << 30)]
    public void Memory_has_the_units_of_Redis(string text, long bytes) =>
        Assert.That(Read(["--maxmemory", text]).Settings!.MaxMemoryBytes, Is.EqualTo(bytes));

    [Test]
    public void The_shipped_file_is_right_and_says_the_defaults()
    {
        string path = Path.Combine(Repository.Root, "conf", "hedge.json");
        SettingsReading reading = Read(["--config", path]);
        Assert.That(reading.Problems, Is.Empty);
        foreach (Setting setting in SettingDeclarations.All)
            Assert.That(setting.Format(reading.Settings!.Value(setting)), Is.EqualTo(setting.DefaultText));
    }

    private SettingsReading Read(IReadOnlyList<string> arguments, params (string Name,
        string Value)[] environment)
    {
        IDictionary variables = environment.ToDictionary(e => e.Name, e => e.Value);
        return SettingSources.Read(arguments, variables, _directory);
    }

    private void WriteConf(string json)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "conf"));
        File.WriteAllText(Path.Combine(_directory, "conf", "hedge.json"), json);
    }
}
