using System.Globalization;
using System.Text.RegularExpressions;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Subscribers;

/// <summary>CLIENT TRACKING between clients of different cores: what Redis does not have, or cannot be
/// compared with it byte by byte.</summary>
[TestFixture(1, "auto")]
[TestFixture(2, "auto")]
[TestFixture(4, "auto")]
[TestFixture(2, "portable")]
internal sealed class TrackingTests(int cores, string io) : ServerFixture(cores, io)
{
    private const int TriesMax = 1000;

    private SpreadClients _spread = null!;

    [OneTimeSetUp]
    public void Spread() => _spread = new SpreadClients(Server.Port, Cores);

    [OneTimeTearDown]
    public void Unspread() => _spread?.Dispose();

    [Test]
    public void A_key_that_expires_is_told_though_nobody_asks_for_it()
    {
        RawClient reader = Reader("NOLOOP"), broadcast = Reader("BCAST NOLOOP PREFIX ex"), writer = Connect();
        for (int i = 0; i < 8; i++)
        {
            reader.Call($"SET ex{i} 1 PX 60\nGET ex{i}", "+OK\n$1\n1\n");
            broadcast.Expect(Told($"ex{i}"));
            reader.Expect(Told($"ex{i}"));
            broadcast.Expect(Told($"ex{i}"));
        }

        writer.Call("HSET exh f 1 g 1\nHPEXPIRE exh 30 FIELDS 1 f", ":2\n*1\n:1\n");
        reader.Call("HLEN exh", ":2\n");
        reader.Expect(Told("exh"));
    }

    [Test]
    public void Whatever_removes_very_many_keys_tells_that_all_may_have_changed()
    {
        RawClient[] readers = [Reader(), Reader(), Reader("BCAST PREFIX none"), Reader("NOLOOP")];
        RawClient writer = Connect();
        string[] commands = ["HEDGE.DELPREFIX r", "HEDGE.DELRANGE a b", "FLUSHDB", "FLUSHALL"];
        foreach (string command in commands)
        {
            foreach (RawClient reader in readers) reader.Call("GET r1", "_\n");
            writer.Call(command, "+OK\n");
            foreach (RawClient reader in readers) reader.Expect(">2\n$10\ninvalidate\n_\n");
            Assert.That(Figure("tracking_total_keys"), Is.Zero);
        }

        writer.Call("MULTI\nFLUSHALL\nSET r1 1\nEXEC", "+OK\n+QUEUED\n+QUEUED\n*2\n+OK\n+OK\n");
        foreach (RawClient reader in readers) reader.Expect(">2\n$10\ninvalidate\n_\n");
    }

    [Test]
    public void A_client_whose_messages_go_to_one_that_is_gone_is_told_so()
    {
        RawClient gone = Connect(), writer = Connect();
        gone.Send("CLIENT ID");
        string id = gone.ReadLine()[1..];
        RawClient reader = Reader($"REDIRECT {id}"), quiet = Connect();
        quiet.Call($"CLIENT TRACKING ON REDIRECT {id}\nCLIENT GETREDIR", $"+OK\n:{id}\n");
        Assert.That(Line(reader), Does.Contain("flags=t ").And.Contain($"redir={id} "));
        gone.Call("SUBSCRIBE __redis__:invalidate", "*3\n$9\nsubscribe\n$20\n__redis__:invalidate\n:1\n");
        reader.Call("GET broken", "_\n");
        writer.Call("SET broken 1", "+OK\n");
        gone.Expect("*3\n$7\nmessage\n$20\n__redis__:invalidate\n*1\n$6\nbroken\n");
        writer.Call($"CLIENT KILL ID {id}", ":1\n");
        reader.Call("GET broken", "$1\n1\n");
        quiet.Call("GET broken", "$1\n1\n");
        writer.Call("SET broken 2", "+OK\n");
        reader.Expect($">2\n$21\ntracking-redir-broken\n:{id}\n");
        Assert.That(Line(reader), Does.Contain("flags=tR "));
        Until(() => Line(quiet).Contains("flags=tR ", StringComparison.Ordinal));
        reader.Call("CLIENT TRACKING ON\nGET broken", "+OK\n$1\n2\n");
        writer.Call("SET broken 3", "+OK\n");
        reader.Expect(Told("broken"));
    }

    [Test]
    public void The_table_of_keys_is_bounded_by_telling_of_changes_that_were_none()
    {
        RawClient reader = Reader(), writer = Connect();
        writer.Call("CONFIG SET tracking-table-max-keys 10", "+OK\n");
        HashSet<string> known = [];
        for (int i = 0; i < 100; i++)
        {
            reader.Send($"GET full{i}");
            known.Add($"full{i}");
            for (string line; (line = reader.ReadLine()) != "_";) known.Remove(ReadTold(reader, line));
        }

        Until(() => Figure("tracking_total_keys") <= 10);
        writer.Call("CONFIG SET tracking-table-max-keys 5", "+OK\n");
        Until(() => Figure("tracking_total_keys") <= 5);
        while (!reader.IsSilent()) known.Remove(ReadTold(reader, reader.ReadLine()));
        Assert.That(known, Has.Count.EqualTo(Figure("tracking_total_keys")).And.Count.LessThanOrEqualTo(5));
        foreach (string key in known)
        {
            writer.Call($"SET {key} 1", "+OK\n");
            reader.Expect(Told(key));
        }

        writer.Call("CONFIG SET tracking-table-max-keys 1000000", "+OK\n");
    }

    [Test]
    public void Info_counts_clients_keys_readings_and_prefixes()
    {
        Until(() => Figure("tracking_clients") == 0);
        RawClient writer = Connect();
        writer.Call("FLUSHALL", "+OK\n");
        RawClient[] readers =
            [Reader(), Reader(), Reader("BCAST PREFIX x PREFIX y"), Reader("BCAST PREFIX x")];
        foreach (RawClient reader in readers) reader.Call("MGET i1 i2 i3", "*3\n_\n_\n_\n");
        Assert.That(Figure("tracking_clients"), Is.EqualTo(4));
        Assert.That(Figure("tracking_total_keys"), Is.EqualTo(3));
        Assert.That(Figure("tracking_total_items"), Is.EqualTo(6));
        Assert.That(Figure("tracking_total_prefixes"), Is.EqualTo(2));
        Assert.That(Line(readers[2]), Does.Contain("flags=tB "));
        writer.Call("SET i2 1", "+OK\n");
        Assert.That(Figure("tracking_total_items"), Is.EqualTo(4));
        readers[0].Call("RESET", Told("i2") + "+RESET\n");
        foreach (RawClient reader in readers) reader.Dispose();
        Until(() => Figure("tracking_clients") == 0);
        Assert.That(Figure("tracking_total_prefixes"), Is.Zero);
        Assert.That(Figure("tracking_total_keys"), Is.EqualTo(2), "as in Redis, until the keys change");
    }

    [Test]
    public void A_change_of_one_field_of_very_many_is_told_behind_the_reply_that_shows_them_all()
    {
        const int fields = 20_000;
        RawClient writer = Connect(), reader = Reader(), watcher = Connect();
        for (int i = 0; i < fields; i += 100)
        {
            string value = new('v', 100);
            string pairs = string.Join(' ', Enumerable.Range(i, 100).Select(f => $"{f} {value}"));
            writer.Call($"HSET long {pairs}", ":100\n");
        }

        reader.Send("HGETALL long", "PING");
        Assert.That(reader.ReadLine(), Is.EqualTo($"%{fields}"));
        watcher.Call("WATCH long", "+OK\n");
        writer.Call("HSET long 1 new", ":0\n");
        watcher.Call("MULTI\nPING\nEXEC", "+OK\n+QUEUED\n*-1\n");
        for (int i = 0; i < 2 * fields; i++) reader.SkipBulk();
        string[] rest = [reader.ReadLine()];
        if (rest[0] == "+PONG") reader.Expect(Told("long"));
        else
        {
            Assert.That(ReadTold(reader, rest[0]), Is.EqualTo("long"));
            reader.Expect("+PONG\n");
        }
    }

    [Test]
    public void Pipelined_requests_to_all_cores_get_their_messages_behind_the_replies_they_concern()
    {
        RawClient reader = Reader();
        List<string> lines = [];
        for (int i = 0; i < 500; i++)
            lines.AddRange([$"GET p{i % 20}", $"SET p{i % 20} {i}", $"GET p{i % 20}"]);
        reader.Send([.. lines]);
        int told = 0, replies = 0;
        while (replies < lines.Count || told < 500)
        {
            string line = reader.ReadLine();
            if (line[0] == '>')
            {
                ReadTold(reader, line);
                told++;
                continue;
            }

            if (line[0] == '$') reader.ReadLine();
            replies++;
            Assert.That(told, Is.LessThanOrEqualTo((replies + 1) / 3), "not before its write's reply");
        }

        Assert.That(reader.IsSilent());
    }

    private RawClient Reader(string options = "")
    {
        RawClient client = Connect();
        client.Send("HELLO 3", $"CLIENT TRACKING ON {options}");
        while (client.ReadLine() != "+OK")
        {
        }

        return client;
    }

    private static string Told(string key) => $">2\n$10\ninvalidate\n*1\n${key.Length}\n{key}\n";

    private static string ReadTold(RawClient client, string first)
    {
        Assert.That(first, Is.EqualTo(">2"));
        Assert.That(client.ReadBulk(), Is.EqualTo("invalidate"));
        Assert.That(client.ReadLine(), Is.EqualTo("*1"));
        return client.ReadBulk();
    }

    // The line of CLIENT LIST of a client, as another sees it.
    private string Line(RawClient of)
    {
        using RawClient client = new(Server.Port);
        client.Send("CLIENT LIST");
        return client.ReadBulk().Split('\n').Single(l => l.Contains($" addr={of.Address} "));
    }

    private long Figure(string name)
    {
        using RawClient client = new(Server.Port);
        client.Send("INFO everything");
        Match line = Regex.Match(client.ReadBulk(), $"^{name}:(\\d+)", RegexOptions.Multiline);
        return long.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    private static void Until(Func<bool> isSo)
    {
        for (int i = 0; !isSo(); i++)
        {
            Assert.That(i, Is.LessThan(TriesMax), "does not come true");
            Thread.Sleep(5);
        }
    }
}
