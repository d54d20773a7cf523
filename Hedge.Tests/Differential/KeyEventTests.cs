using System.Text;
using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Keyspace events of the classes n (new key) and m (key miss), among the others, compared with
/// Redis: which, on which channels, in which order.</summary>
[TestFixture("1")]
[TestFixture("2")]
[Category("diff")]
public sealed class KeyEventTests(string cores)
{
    private const string Five = "\"\\x00\\xc0\\x05\\x0a\\x00\\x63\\x2f\\x5f\\x66\\x83\\x2f\\xb3\\x51\"";
    private const string End = "no-event";
    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", cores),
        ("enable-debug-command", "yes"));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase("KEAnm")]
    [TestCase("Em")]
    [TestCase("Kn")]
    [TestCase("KEA")]
    [TestCase("E$n")]
    public void Reads_that_find_nothing_and_new_keys_are_told(string classes)
    {
        string[] reads =
        [
            "GET no", "STRLEN no", "GETRANGE no 0 1", "SUBSTR no 0 1", "MGET no a nein no",
            "EXISTS no a nein",
            "TTL no", "PTTL no", "EXPIRETIME no", "PEXPIRETIME no", "TYPE no", "TOUCH no a", "DUMP no",
            "GETBIT no 1", "BITCOUNT no", "BITPOS no 1", "BITFIELD_RO no GET u8 0", "BITFIELD no GET u8 0",
            "BITFIELD no2 SET u8 0 1", "LCS no nein", "GETDEL no", "GETEX no", "GETEX no EX 100",
            "GETSET n1 1",
            "SET n2 1 GET", "SET n3 1 XX GET", "SET n3 1 NX GET", "COPY no n4", "COPY no n4 DB 3",
            "OBJECT ENCODING no",
            "OBJECT IDLETIME no", "MEMORY USAGE no", "RENAME no x", "EXPIRE no 10", "PERSIST no", "DEL no",
            "UNLINK no", "APPEND n5 x", "SETRANGE n6 1 x", "SETRANGE n7 0 \"\"", "RANDOMKEY", "KEYS zz",
            "WATCH no", "UNWATCH", "MOVE no 3", "INCR no8", "DECRBY no9 2", "INCRBYFLOAT no10 1.5",
            "BITOP AND dest no nein", "BITOP OR dest a no", "BITOP NOT dest no", "BITOP XOR dest a a",
            "PING",
        ];
        Compare(classes, ["SET a 1", .. reads, .. Writes]);
    }

    [TestCase("KEAnm")]
    public void Databases_and_transactions_tell_the_same(string classes) => Compare(classes,
    [
        "SELECT 4", "SET a 1", "GET b", "MGET a b c", "MSET a 1 b 2 c 3", "COPY a a DB 5",
        "COPY b n DB 5 REPLACE",
        "MOVE b 5", "SELECT 5", "GET c", "MULTI", "GET q", "SET q 1", "GET q", "GET r", "MSET r 1 s 2",
        "DEL q",
        "SET q 1", "SELECT 4", "SET q 1", "GET zz", "COPY zz y", "RENAME q qq", "EXEC", "GET a", "MULTI",
        "GET nothing", "DISCARD", "MULTI", "SET a 1", "INCR new", "SETRANGE new2 1 x", "EXEC", "SELECT 0",
        "FLUSHDB", "SWAPDB 4 0", "GET a", "SET a 1", "SET brand new",
    ]);

    [Test]
    public void Expired_keys_are_missed_or_new_afterwards() => Compare("KEAnm",
    [
        "DEBUG SET-ACTIVE-EXPIRE 0", "SET a 1 PX 1", "SET b 1 PX 1", "SET c 1 PX 1", "PAUSE", "GET a",
        "SET b 2",
        "MGET no c no", "SET a 1 PX 1", "PAUSE", "SETNX a 2", "SET a 1 PX 1", "PAUSE", "APPEND a x",
        "SET d 1 PX 1",
        "PAUSE", "RENAME a d", "SET e 1 PX 1", "PAUSE", "RESTORE e 0 " + Five, "DEBUG SET-ACTIVE-EXPIRE 1",
    ]);

    [Test]
    public void Keys_on_disk_are_not_new()
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"k{i}")];
        string[] again = [.. keys.Where((_, i) => i % 2 == 0)];
        Compare("KEAnm",
        [
            .. again.Select(key => $"SET {key} 1"), "RELOAD",
            "MSET " + string.Join(' ', keys.Select(k => k + " 2")),
            "RELOAD", .. keys.Select(key => $"SET {key} 3"), "RELOAD",
            "MGET x " + string.Join(' ', keys) + " y",
            "DEL " + string.Join(' ', again), "RELOAD",
            "MSET " + string.Join(' ', keys.Select(k => k + " 4")),
            "RELOAD", "MULTI", "SET k0 1", "SET x 1", "MSET k1 1 y 1", "GET z", "EXEC",
        ]);
    }

    private static IEnumerable<string> Writes =>
    [
        "SET a 1", "SET w 1", "SET w 2", "SET w3 1 EX 100", "SETEX w4 100 1", "PSETEX w5 100000 1",
        "SETNX w6 1",
        "SETNX w6 1", "SET w7 1 NX", "SET w8 1 XX", "SET w9 1 KEEPTTL", "MSET w 1 w10 1 w11 2 w10 3",
        "MSETNX w 1 w12 1", "MSETNX w12 1 w13 1", "SETBIT w14 3 1", "SETBIT w14 4 1",
        "BITFIELD w15 INCRBY u8 0 1", "BITFIELD w15 OVERFLOW FAIL SET u8 800 -5",
        "BITFIELD w15 OVERFLOW FAIL SET u8 900 -5 SET u8 0 0", "BITFIELD w22 OVERFLOW FAIL SET u8 0 -5",
        "GETSET w 3", "APPEND w x", "INCR w16", "INCR w16", "RENAME w w17", "RENAME w17 w16",
        "RENAMENX w16 w18",
        "COPY w18 w19", "COPY w18 w19 REPLACE", $"RESTORE w20 0 {Five}", $"RESTORE w20 0 {Five} REPLACE",
        "SET w21 1 EXAT 4000000000", "GETEX w21 PERSIST", "MOVE w21 3", "DEL w18 w19", "SET w18 1",
    ];

    // PAUSE stands for a moment in which short lifetimes end, RELOAD for dropping from memory what is on
    // disk.
    private void Compare(string classes, IEnumerable<string> lines)
    {
        using ReplyPipe redis = new(_pair.Redis.Port), redisEvents = new(_pair.Redis.Port);
        using ReplyPipe marker = new(_pair.Redis.Port);
        using ReplyPipe hedge = new(_pair.Hedge.Port), hedgeEvents = new(_pair.Hedge.Port);
        foreach (ReplyPipe pipe in (ReplyPipe[])[redis, hedge])
        {
            pipe.Run("FLUSHALL");
            pipe.Run($"CONFIG SET notify-keyspace-events {classes}");
        }

        foreach (ReplyPipe pipe in (ReplyPipe[])[redisEvents, hedgeEvents])
        {
            pipe.Run("PSUBSCRIBE __key*");
            pipe.Run($"SUBSCRIBE {End}");
        }

        foreach (string line in lines)
        {
            if (line == "PAUSE")
            {
                hedge.Run("DEBUG SLEEP 0.02");
                continue;
            }

            if (line == "RELOAD")
            {
                hedge.Run("DEBUG RELOAD");
                continue;
            }

            byte[][] words = CommandLine.Split(line);
            byte[] expected = redis.RunAll([words])[0], actual = hedge.RunAll([words])[0];
            if (!line.StartsWith("MEMORY", StringComparison.Ordinal)
                && !line.StartsWith("DUMP", StringComparison.Ordinal) && line != "RANDOMKEY")
                Assert.That(ReplyReader.Show(actual), Is.EqualTo(ReplyReader.Show(expected)), line);
            // A key's events come from its core: only then has the next command's to be waited for.
            string[] wanted = [.. Told(marker, redisEvents)];
            string[] told = [.. wanted.Select(_ => Encoding.Latin1.GetString(hedgeEvents.Next()))];
            Assert.That(told, Is.EqualTo(wanted), line);
        }

        // What other cores still have to tell comes before their answers to this.
        hedge.Run("DISCARD");
        hedge.Run("DBSIZE");
        hedge.Run($"PUBLISH {End} all");
        string last = Encoding.Latin1.GetString(hedgeEvents.Next());
        Assert.That(last, Does.Contain(End), "an event too many");
    }

    // Redis tells a mark after all events of commands before it.
    private static IEnumerable<string> Told(ReplyPipe marker, ReplyPipe events)
    {
        marker.Run($"PUBLISH {End} x");
        while (true)
        {
            string next = Encoding.Latin1.GetString(events.Next());
            if (next.Contains(End, StringComparison.Ordinal)) yield break;
            yield return next;
        }
    }
}
