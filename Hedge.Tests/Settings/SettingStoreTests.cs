using Hedge.Host.Settings;
using Hedge.Storage.Io.Compressions;
using NUnit.Framework;

namespace Hedge.Tests.Settings;

[TestFixture]
[Category("fast")]
public sealed class SettingStoreTests
{
    private static readonly Dictionary<string, string> Other = new()
    {
        ["tcp-keepalive"] = "7",
        ["timeout"] = "8",
        ["metrics-port"] = "7000",
        ["metrics-bind"] = "::1 127.0.0.1",
        ["log-format"] = "json",
        ["maxclients"] = "9",
        ["requirepass"] = "päss word",
        ["client-output-buffer-limit"] = "normal 1 2 3 slave 4 5 6 pubsub 7 8 9",
        ["client-query-buffer-limit"] = "2097152",
        ["proto-max-bulk-len"] = "3145728",
        ["appendfsync"] = "always",
        ["maxmemory"] = "123456789",
        ["compaction-policy"] = "leveled",
        ["compression"] = "zstd",
        ["compression-upper"] = "lz4",
        ["value-log-threshold"] = "4096",
        ["maxdisk"] = "1000000000",
        ["maxmemory-policy"] = "allkeys-lru",
        ["maxmemory-samples"] = "7",
        ["backup-rate"] = "1000000",
        ["hash-max-listpack-entries"] = "10",
        ["port"] = "7004",
        ["tls-port"] = "7005",
        ["bind"] = "* -::*",
        ["tls-cert-file"] = "a.pem",
        ["tls-key-file"] = "b.pem",
        ["tls-key-file-pass"] = "secret",
        ["tls-ca-cert-file"] = "c.pem",
        ["tls-ca-cert-dir"] = "certificates",
        ["tls-auth-clients"] = "optional",
        ["tls-protocols"] = "TLSv1.3",
        ["tls-ciphers"] = "HIGH",
        ["tls-ciphersuites"] = "TLS_AES_128_GCM_SHA256",
        ["tls-prefer-server-ciphers"] = "yes",
        ["tls-dh-params-file"] = "d.pem",
        ["tls-session-caching"] = "no",
        ["tls-session-cache-size"] = "100",
        ["tls-session-cache-timeout"] = "200",
        ["hash-max-listpack-value"] = "20",
        ["set-max-intset-entries"] = "30",
        ["zset-max-listpack-entries"] = "40",
        ["zset-max-listpack-value"] = "50",
        ["list-max-listpack-size"] = "-1",
        ["stream-node-max-bytes"] = "200",
        ["stream-node-max-entries"] = "7",
        ["hll-sparse-max-bytes"] = "100",
        ["busy-reply-threshold"] = "60",
        ["script-memory-limit"] = "3000000",
        ["hz"] = "20",
        ["notify-keyspace-events"] = "g$xKE",
        ["slowlog-log-slower-than"] = "-1",
        ["slowlog-max-len"] = "3",
        ["latency-monitor-threshold"] = "44",
        ["latency-tracking"] = "no",
        ["tracking-table-max-keys"] = "5",
        ["loglevel"] = "debug",
        ["protected-mode"] = "no",
        ["acl-pubsub-default"] = "allchannels",
        ["acllog-max-len"] = "5",
        ["maxmemory-clients"] = "40%",
        ["lfu-log-factor"] = "3",
        ["lfu-decay-time"] = "4",
        ["active-expire-effort"] = "9",
        ["rdbcompression"] = "no",
        ["latency-tracking-info-percentiles"] = "10 99.99",
        ["oom-score-adj"] = "relative",
        ["oom-score-adj-values"] = "1 2 3",
        ["shutdown-on-sigint"] = "nosave now",
        ["shutdown-on-sigterm"] = "save force",
    };

    [Test]
    public void Every_changeable_setting_takes_a_value_and_shows_it_again()
    {
        foreach (Setting setting in SettingDeclarations.All.Where(s => s.Change == SettingChange.AtRunTime))
        {
            var store = new SettingStore(ServerSettings.Defaults, null);
            string value = setting.IsConstant ? setting.DefaultText : Other[setting.Name];
            Assert.That(store.TryChange([(setting.Name, value)], allowsProtected: true), Is.Null);
            Assert.That(store.Current.Text(setting), Is.EqualTo(value), setting.Name);
        }
    }

    [Test]
    public void A_choice_that_this_machine_lacks_says_what_is_missing()
    {
        ChoiceSetting<BlockCompression> setting = new("compression", BlockCompression.None)
        {
            Summary = "",
            Obstacle = choice => choice == BlockCompression.Zstd ? "libzstd.so.1 is not there" : null,
        };
        Assert.That(setting.Parse("zstd", BlockCompression.None, out string problem), Is.Null);
        Assert.That(problem, Is.EqualTo("libzstd.so.1 is not there"));
        Assert.That(setting.Parse("lz4", BlockCompression.None, out _), Is.EqualTo(BlockCompression.Lz4));
    }

    [Test]
    public void A_change_is_published_whole_or_not_at_all()
    {
        var store = new SettingStore(ServerSettings.Defaults, null);
        int told = 0;
        store.Changed += (before, after) => told += before != after ? 1 : 0;
        ServerSettings old = store.Current;
        Assert.That(store.TryChange([("timeout", "5"), ("hz", "x")]), Does.Contain("'hz'"));
        Assert.That(store.Current, Is.SameAs(old));
        Assert.That(store.TryChange([("timeout", "5"), ("hz", "50")]), Is.Null);
        Assert.Multiple(() =>
        {
            Assert.That(store.Current.TimeoutSeconds, Is.EqualTo(5));
            Assert.That(store.Current.Hz, Is.EqualTo(50));
            Assert.That(old.TimeoutSeconds, Is.Zero);
            Assert.That(told, Is.EqualTo(1));
        });
    }

    [Test]
    public void A_rewritten_file_reads_back_as_the_settings_in_force()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, """{ /* mine */ "Port": 7003, "timeout": 1, }""");
            SettingsReading reading = SettingSources.Read(["--config", path], new Dictionary<string,
                string>(), "/");
            var store = new SettingStore(reading.Settings!, reading.ConfigFile);
            Assert.That(store.TryChange([.. Other.Select(o => (o.Key, o.Value))]), Is.Null);
            Assert.That(store.Rewrite(""), Is.Null);
            SettingsReading again = SettingSources.Read(["--config", path], new Dictionary<string, string>(),
                "/");
            Assert.That(again.Problems, Is.Empty);
            foreach (Setting setting in SettingDeclarations.All)
                Assert.That(again.Settings!.Text(setting), Is.EqualTo(store.Current.Text(setting)),
                setting.Name);
            Assert.That(File.ReadAllText(path), Does.Not.Contain("appendonly").And.Not.Contain("databases"));
            Assert.That(File.Exists(path + ".new"), Is.False);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_protected_setting_is_refused_unless_it_is_allowed()
    {
        var store = new SettingStore(ServerSettings.Defaults, null);
        Assert.That(store.TryChange([("dbfilename", "dump.rdb")]), Is.EqualTo("ERR CONFIG SET failed "
            + "(possibly related to argument 'dbfilename') - can't set protected config"));
        Assert.That(store.TryChange([("dbfilename", "dump.rdb")], allowsProtected: true), Is.Null);
    }

    [Test]
    public void When_a_change_cannot_be_put_into_force_all_changes_are_taken_back()
    {
        var store = new SettingStore(ServerSettings.Defaults, null);
        var inForce = new List<int>();
        int told = 0;
        store.Changed += (_, _) => told++;
        store.Appliers.Add((_, after) =>
        {
            inForce.Add(after.TimeoutSeconds);
            return null;
        });
        store.Appliers.Add((_, after) => after.Hz == 50 ? ("hz", "too fast") : null);
        Assert.That(store.TryChange([("timeout", "5"), ("hz", "50")]),
            Is.EqualTo("ERR CONFIG SET failed (possibly related to argument 'hz') - too fast"));
        Assert.That((store.Current.TimeoutSeconds, store.Current.Hz, told), Is.EqualTo((0, 10, 0)));
        Assert.That(inForce, Is.EqualTo((int[])[5, 0]));
        Assert.That(store.TryChange([("timeout", "5"), ("hz", "51")]), Is.Null);
        Assert.That((store.Current.TimeoutSeconds, told), Is.EqualTo((5, 1)));
    }

    [Test]
    public void Rewriting_fails_without_a_file_or_with_a_broken_one()
    {
        Assert.That(new SettingStore(ServerSettings.Defaults, null).Rewrite(""),
            Is.EqualTo("ERR The server is running without a config file"));
        Assert.That(new SettingStore(ServerSettings.Defaults, "/nowhere/hedge.json").Rewrite(""),
            Does.StartWith("ERR Rewriting config file: "));
    }
}
