using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Subscriptions, messages, keyspace events and watched keys of several clients, as Redis has them,
/// whatever cores they are on.</summary>
[TestFixture(1, "auto")]
[TestFixture(2, "auto")]
[TestFixture(4, "auto")]
[TestFixture(2, "portable")]
[Category("diff")]
internal sealed class PubSubComparisonTests(int cores, string io)
{
    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", $"{cores}"), ("io", io));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase("""
        a SUBSCRIBE x y x
        b PSUBSCRIBE x* ?z
        c PUBLISH x 1
        c PUBLISH xy 2
        c PUBLISH "" empty
        a SUBSCRIBE ""
        c PUBLISH "" ""
        c PUBLISH y "a\r\nb\x00c"
        c PUBSUB NUMSUB x y z
        c PUBSUB NUMPAT
        c PUBSUB CHANNELS x*
        a UNSUBSCRIBE x nosuch
        a PUNSUBSCRIBE
        c PUBLISH x 3
        c PUBLISH az 4
        b PUNSUBSCRIBE ?z
        c PUBLISH xy 5
        a UNSUBSCRIBE y ""
        a GET k
        c PUBLISH y 6
        """)]
    [TestCase("""
        a SSUBSCRIBE s {s}1 s
        b SUBSCRIBE s
        d PSUBSCRIBE s*
        c SPUBLISH s 1
        c PUBLISH s 2
        c SPUBLISH {s}1 3
        c SPUBLISH nobody 4
        c PUBSUB SHARDNUMSUB s {s}1 nobody
        c PUBSUB SHARDCHANNELS nobody*
        a SUNSUBSCRIBE s
        c SPUBLISH s 5
        a SUBSCRIBE s
        c PUBLISH s 6
        a SUNSUBSCRIBE
        a SUNSUBSCRIBE
        a UNSUBSCRIBE
        c SPUBLISH {s}1 7
        """)]
    [TestCase("""
        a SUBSCRIBE t
        b PSUBSCRIBE t*
        c MULTI
        c PUBLISH t 1
        c SET k 1
        c SPUBLISH t 2
        c PUBLISH none 3
        c EXEC
        c WATCH k
        b PING
        d SET k 2
        c MULTI
        c PUBLISH t never
        c EXEC
        c MULTI
        c PUBLISH t never
        c DISCARD
        c MULTI
        c SUBSCRIBE v u
        c PUBLISH t 5
        c UNSUBSCRIBE u v
        c EXEC
        c RESET
        c PUBLISH t 6
        a RESET
        b RESET
        c PUBLISH t 7
        """)]
    public void Clients_get_the_same(string steps)
    {
        foreach (int protocol in (int[])[2, 3])
        {
            // In RESP2 a subscriber may not publish, nor run EXEC.
            using var servers = new TwoServers(_pair, cores, protocol);
            servers.Run(steps);
        }
    }

    [Test]
    public void A_RESP2_subscriber_may_run_the_same_commands([Values("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE")]
        string subscribe)
    {
        using var redis = new ReplyPipe(_pair.Redis.Port);
        using var hedge = new ReplyPipe(_pair.Hedge.Port);
        foreach (ReplyPipe pipe in (ReplyPipe[])[redis, hedge]) pipe.Run(subscribe + " only");
        Assert.Multiple(() =>
        {
            foreach (Command command in AllCommands.Table().All)
            {
                string[] name = command.Spec.Name.Split('|');
                // Two end the mode or the connection, some are Hedge's own.
                if (Version.Parse(command.Spec.Since) >= new Version(7, 1)) continue;
                if (name[0] is "RESET" or "QUIT"
                    || name[0].StartsWith("HEDGE.", StringComparison.Ordinal)
                    || name[0].EndsWith("SUBSCRIBE", StringComparison.Ordinal))
                    continue;
                int arity = Math.Max(Math.Abs(command.Spec.Arity), name.Length);
                string[] words = [.. name, .. Enumerable.Repeat("1", arity - name.Length)];
                byte[][][] request = [Array.ConvertAll(words, Encoding.ASCII.GetBytes)];
                string expected = ReplyReader.Show(redis.RunAll(request)[0]);
                string actual = ReplyReader.Show(hedge.RunAll(request)[0]);
                Assert.That(actual, Is.EqualTo(expected), string.Join(' ', words));
            }
        });
        foreach (ReplyPipe pipe in (ReplyPipe[])[redis, hedge])
        {
            Assert.That(ReplyReader.Show(pipe.Run("GET")), Does.StartWith("-ERR wrong number"));
            Assert.That(ReplyReader.Show(pipe.Run("RESET")), Is.EqualTo("+RESET|"));
            Assert.That(ReplyReader.Show(pipe.Run("GET nokey")), Is.EqualTo("$-1|"));
            pipe.Run(subscribe + " only");
            Assert.That(ReplyReader.Show(pipe.Run("QUIT")), Is.EqualTo("+OK|"));
        }
    }

    [TestCase("KEA")]
    [TestCase("Kg")]
    [TestCase("Eg")]
    [TestCase("E$")]
    [TestCase("K$g")]
    [TestCase("KEx")]
    [TestCase("KElshzetd")]
    [TestCase("gx$")]
    [TestCase("KE")]
    public void Keyspace_events_are_the_same(string classes)
    {
        using var servers = new TwoServers(_pair, cores, classes.Length % 2 == 0 ? 2 : 3);
        servers.Run($"""
            c CONFIG SET notify-keyspace-events {classes}
            a PSUBSCRIBE __key*__:*
            b SUBSCRIBE __keyevent@0__:del __keyspace@0__:k3
            d PSUBSCRIBE __keyspace@1__:*
            """);
        servers.Run(EventSteps);
        servers.Run("c CONFIG SET notify-keyspace-events \"\"\nc SET k1 1");
    }

    private const string EventSteps = """
        c SET k1 v
        c SET k1 v EX 100
        c SET k1 v NX
        c SET k1 v KEEPTTL
        c SETNX k2 v
        c SETNX k2 v
        c SETEX k3 100 v
        c PSETEX k3 100000 v
        c GETSET k4 v
        c GETSET k4 w
        c SET k4 x GET
        c APPEND k5 v
        c APPEND k5 v
        c APPEND k5 ""
        c INCR n1
        c INCRBY n1 5
        c DECR n1
        c DECRBY n1 3
        c INCRBYFLOAT n2 1.5
        c SETRANGE k6 2 abc
        c SETRANGE k6 2 ""
        c SETBIT k7 3 1
        c SETBIT k7 3 1
        c BITFIELD k8 SET u8 0 5 GET u8 0
        c BITFIELD k8 GET u8 0
        c BITOP AND k9 k1 k2
        c BITOP AND k9 none1 none2
        c MSET m1 1 m2 2 m3 3
        c MSETNX m3 1 m4 2
        c MSETNX m5 1 m4 2
        c GETDEL m5
        c GETDEL m5
        c GETEX m4 EX 100
        c GETEX m4 PERSIST
        c GETEX m4 PERSIST
        c GETEX m4 EXAT 1
        c GETEX m4
        c EXPIRE m1 100
        c EXPIRE m1 100 NX
        c PEXPIRE m1 100000
        c EXPIREAT m1 9999999999
        c PERSIST m1
        c PERSIST m1
        c PEXPIREAT m1 1
        c EXPIRE m2 -1
        c RENAME k1 r1
        c RENAME r1 k2
        c RENAME k2 k2
        c RENAMENX k2 k3
        c RENAMENX k2 r2
        c COPY r2 r3
        c COPY r2 k3 REPLACE
        c COPY r2 r2x DB 1
        c MOVE r3 1
        c MOVE r3 1
        c GET none
        c MGET none k3 none2
        c STRLEN none
        c GETRANGE none 0 1
        c GETBIT none 1
        c BITCOUNT none
        c BITPOS none 1
        c EXISTS none k3
        c TTL none
        c TYPE none
        c OBJECT ENCODING none
        c DUMP none
        c TOUCH none
        c GETEX none
        c MULTI
        c SET q1 1
        c INCR q1
        c DEL q1 k4
        c EXEC
        c SET x1 v PX 1
        c await GET x1 -> NIL
        c SELECT 1
        c SET k3 v
        c DEL k3
        c UNLINK r3 none
        c SELECT 0
        c DEL k3 k4 k5 none k6
        c UNLINK k7 k8
        c SWAPDB 0 1
        c SET after v
        c SWAPDB 0 1
        c FLUSHDB
        c FLUSHALL
        """;

    [TestCase("a SET k 1", false)]
    [TestCase("b SET k 1", false)]
    [TestCase("b SET other 1", true)]
    [TestCase("b DEL none", true)]
    [TestCase("b DEL k", false)]
    [TestCase("b APPEND k \"\"", false)]
    [TestCase("b EXPIRE k 100", false)]
    [TestCase("b PERSIST k", true)]
    [TestCase("b RENAME k k'", false)]
    [TestCase("b RENAME other k", false)]
    [TestCase("b COPY other k REPLACE", false)]
    [TestCase("b MOVE k 1", false)]
    [TestCase("b FLUSHDB", false)]
    [TestCase("b FLUSHALL", false)]
    [TestCase("b SWAPDB 0 1", false)]
    [TestCase("b SWAPDB 1 2", true)]
    [TestCase("b GETDEL k", false)]
    [TestCase("b GETEX k EX 100", false)]
    [TestCase("b SETRANGE k 0 \"\"", true)]
    [TestCase("b MSET other 1 k 2", false)]
    [TestCase("b BITOP NOT k other", false)]
    [TestCase("b PEXPIREAT k 1", false)]
    [TestCase("b SELECT 1\nb SET k 1", true)]
    [TestCase("b MULTI\nb SET k 1\nb EXEC", false)]
    [TestCase("b MULTI\nb SET k 1\nb DISCARD", true)]
    [TestCase("a UNWATCH\nb SET k 1", true)]
    [TestCase("b SET k 1\na UNWATCH", true)]
    [TestCase("a GET k", true)]
    [TestCase("a WATCH k", true)]
    [TestCase("b SET k 1\na WATCH k", false)]
    public void Watched_keys_are_the_same(string change, bool runs)
    {
        using var servers = new TwoServers(_pair, cores, 2);
        // Several keys, so that watched ones are on every core, and further watchers that are not disturbed.
        for (int i = 0; i < 8; i++)
        {
            string key = $"key{i}";
            string steps = change.Replace("other", $"other{i}", StringComparison.Ordinal);
            steps = string.Join('\n', steps.Split('\n').Select(s => string.Join(' ', s.Split(' ')
                .Select(w => w is "k" ? key : w is "k'" ? key + "new" : w))));
            servers.Run($"""
                b SELECT 0
                b SET {key} v
                b SET other{i} v
                a WATCH {key} unused{i}
                w WATCH unused{i}
                {steps}
                a MULTI
                a SET result{i} done
                a PUBLISH ch done
                a EXEC
                b SELECT 0
                b EXISTS result{i}
                w MULTI
                w GET unused{i}
                w EXEC
                """);
            using var check = new ReplyPipe(_pair.Redis.Port);
            Assert.That(ReplyReader.Show(check.Run($"EXISTS result{i}")), Is.EqualTo(runs ? ":1|" : ":0|"));
        }
    }
}
