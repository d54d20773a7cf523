using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>Fields of hashes that expire, by a real server's clock: they go although nobody looks, and
/// subscribers hear of it.</summary>
[NonParallelizable]
internal sealed class FieldExpiryTests(int cores, string io) : ServerFixture(cores, io)
{
    protected override IReadOnlyList<(string Name, string Value)> Settings =>
        [("notify-keyspace-events", "KA"), ("collection-node-bytes", "64")];

    [TestCase("own", 2, "set hset hexpire hexpired hexpire hexpired del")]
    [TestCase("many", 300, "set hset hexpire hexpired hexpire hexpired del")]
    public void Fields_go_with_nobody_looking_and_the_key_with_the_last(string key, int count, string events)
    {
        RawClient listener = Listen(key);
        RawClient client = Connect();
        string[] fields = [.. Enumerable.Range(0, count).Select(i => $"field-{i}")];
        client.Call($"SET {key} 1", "+OK\n");
        client.Call($"DEL {key}", ":1\n");
        client.Call($"HSET {key} {string.Join(' ', fields.Select(f => $"{f} 1"))}", $":{count}\n");
        client.Call($"HPEXPIRE {key} 30 FIELDS 1 field-0", "*1\n:1\n");
        List<string> heard = [.. Hear(listener, "hexpired")];
        client.Call($"HLEN {key}", $":{count - 1}\n");
        client.Send($"HPEXPIRE {key} 30 FIELDS {count - 1} {string.Join(' ', fields[1..])}");
        client.Expect($"*{count - 1}\n" + string.Concat(Enumerable.Repeat(":1\n", count - 1)));
        heard.AddRange(Hear(listener, "hexpired"));
        heard.AddRange(Hear(listener, "del"));
        heard.RemoveAt(1);
        Assert.That(heard, Is.EqualTo(events.Split(' ')));
        client.Call($"EXISTS {key}", ":0\n");
    }

    [Test]
    public void Each_change_of_a_time_is_told()
    {
        RawClient listener = Listen("told");
        RawClient client = Connect();
        client.Call("HSETEX told EX 100 FIELDS 2 a 1 b 2", ":1\n");
        client.Call("HGETEX told PERSIST FIELDS 1 a", "*1\n$1\n1\n");
        client.Call("HGETEX told EX 100 FIELDS 1 a", "*1\n$1\n1\n");
        client.Call("HPERSIST told FIELDS 2 a b", "*2\n:1\n:1\n");
        client.Call("HEXPIRE told 10 GT FIELDS 1 a", "*1\n:0\n");
        client.Call("HEXPIRE told 0 FIELDS 1 a", "*1\n:2\n");
        client.Call("HGETDEL told FIELDS 1 b", "*1\n$1\n2\n");
        Assert.That(Hear(listener, "del"),
            Is.EqualTo(["hset", "hexpire", "hpersist", "hexpire", "hpersist", "hdel", "hdel", "del"]));
    }

    [Test]
    public void A_watched_hash_that_loses_a_field_in_time_fails_EXEC()
    {
        RawClient listener = Listen("watched");
        RawClient client = Connect();
        client.Call("HSET watched a 1 b 2", ":2\n");
        client.Call("HPEXPIRE watched 1500 FIELDS 1 a", "*1\n:1\n");
        client.Call("WATCH watched", "+OK\n");
        Hear(listener, "hexpired");
        client.Call("MULTI\nHGET watched b\nEXEC", "+OK\n+QUEUED\n*-1\n");
    }

    [Test]
    public void DUMP_refuses_what_its_format_cannot_hold_and_other_commands_do_not()
    {
        RawClient client = Connect();
        client.Call("HSETEX {d}a EX 100 FIELDS 1 a 1", ":1\n");
        client.Call("DUMP {d}a", "-ERR DUMP cannot write a hash that has fields with a time to live: its "
            + "format has no room for the times\n");
        client.Call("COPY {d}a {d}b", ":1\n");
        client.Call("HTTL {d}b FIELDS 1 a", "*1\n:100\n");
        client.Call("HSET {d}b a 2", ":0\n");
        client.Send("DUMP {d}b");
        Assert.That(client.SkipBulk(), Is.Positive);
        client.Call("MOVE {d}a 1", ":1\n");
        client.Call("SELECT 1", "+OK\n");
        client.Call("HTTL {d}a FIELDS 1 a", "*1\n:100\n");
        client.Call("OBJECT ENCODING {d}a", "$8\nlistpack\n");
        client.Call("DEL {d}a", ":1\n");
        client.Call("HSET {d}a a 1", ":1\n");
        client.Call("HTTL {d}a FIELDS 1 a", "*1\n:-1\n");
    }

    [TestCase("HEXPIRE k 10 FIELDS 2 a", "ERR The `numfields` parameter must match the number of arguments")]
    [TestCase("HEXPIRE k 10 FIELDS 0 a", "ERR Parameter `numFields` should be greater than 0")]
    [TestCase("HEXPIRE k 10 FOO 1 a b",
        "ERR Mandatory argument FIELDS is missing or not at the right position")]
    [TestCase("HEXPIRE k x FIELDS 1 a", "ERR value is not an integer or out of range")]
    [TestCase("HEXPIRE k -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0")]
    [TestCase("HPEXPIREAT k 70368744177664 FIELDS 1 a", "ERR invalid expire time in 'hpexpireat' command")]
    [TestCase("HEXPIREAT k 9223372036854775807 FIELDS 1 a",
        "ERR invalid expire time in 'hexpireat' command")]
    [TestCase("HEXPIRE k 1 NX GT FIELDS 1 a",
        "ERR Only one of NX, XX, GT or LT arguments can be specified")]
    [TestCase("HSETEX k EX 1 KEEPTTL FIELDS 1 a b",
        "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")]
    [TestCase("HSETEX k FNX FXX FIELDS 1 a b", "ERR Only one of FXX or FNX arguments can be specified")]
    [TestCase("HSETEX k FIELDS 1 a", "ERR wrong number of arguments for 'hsetex' command")]
    [TestCase("HSETEX k FIELDS 2 a b c", "ERR The `numfields` parameter must match the number of arguments")]
    [TestCase("HGETEX k EX 1 PERSIST FIELDS 1 a",
        "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified")]
    [TestCase("HGETEX k KEEPTTL FIELDS 1 a", "ERR unknown argument: KEEPTTL")]
    [TestCase("HTTL k FIELDS 1", "ERR wrong number of arguments for 'httl' command")]
    public void A_wrong_request_is_refused_and_changes_nothing(string request, string error)
    {
        RawClient client = Connect();
        client.Call("DEL k", ":0\n");
        client.Call(request, $"-{error}\n");
        client.Call("EXISTS k", ":0\n");
    }

    [Test]
    public void Another_type_is_refused()
    {
        RawClient client = Connect();
        client.Call("SET text 1", "+OK\n");
        foreach (string request in (string[])["HEXPIRE text 1 FIELDS 1 a", "HTTL text FIELDS 1 a",
            "HPERSIST text FIELDS 1 a", "HGETEX text FIELDS 1 a", "HGETDEL text FIELDS 1 a",
            "HSETEX text FIELDS 1 a b"])
        {
            client.Call(request, "-WRONGTYPE Operation against a key holding the wrong kind of value\n");
        }
    }

    private RawClient Listen(string key)
    {
        RawClient listener = Connect();
        string channel = $"__keyspace@0__:{key}";
        listener.Call($"SUBSCRIBE {channel}", $"*3\n$9\nsubscribe\n${channel.Length}\n{channel}\n:1\n");
        return listener;
    }

    // The events up to the first of a name, as they come.
    private static List<string> Hear(RawClient listener, string last)
    {
        List<string> heard = [];
        while (heard.Count == 0 || heard[^1] != last)
        {
            Assert.That(listener.ReadLine(), Is.EqualTo("*3"));
            listener.ReadBulk();
            listener.ReadBulk();
            heard.Add(listener.ReadBulk());
        }

        return heard;
    }
}
