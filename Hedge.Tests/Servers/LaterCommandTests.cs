using Hedge.Tests.Commands.Bitmaps;
using Hedge.Tests.Differential;
using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>Commands of Redis after 7.0 on a real server: wrong types, several cores, data that must be read
/// from disk first, transactions, scripts, watched keys, clients that wait.</summary>
internal sealed class LaterCommandTests(int cores, string io) : ServerFixture(cores, io)
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\n";
    private const string Digest = "b6acb9d84a38ff74";

    protected override IReadOnlyList<(string Name, string Value)> Settings =>
        [("collection-node-bytes", "64"), ("memtable-bytes", "64kb"), ("block-cache-bytes", "0")];

    [Test]
    public void Comparisons_mind_the_type_and_a_removal_without_one_does_not()
    {
        RawClient client = Connect();
        client.Call("DEL wl\nRPUSH wl a", ":0\n:1\n");
        foreach (string line in (string[])
            ["SET wl v IFEQ a", "SET wl v IFNE a", $"SET wl v IFDNE {Digest}", "DELEX wl IFNE a",
            "DELIFEQ wl a", $"DELEX wl IFDEQ {Digest}", "DIGEST wl"])
        {
            client.Call(line, WrongType);
        }

        client.Call("LLEN wl\nDELEX wl\nEXISTS wl", ":1\n:1\n:0\n");
    }

    [Test]
    public void Many_keys_of_several_cores_are_set_together_and_read_from_disk_first()
    {
        RawClient client = Connect();
        string pairs = string.Join(' ', Enumerable.Range(0, 20).Select(i => $"m{i} v{i}"));
        string keys = string.Join(' ', Enumerable.Range(0, 20).Select(i => $"m{i}"));
        client.Call($"MSETEX 20 {pairs} EXAT 4000000000 NX\nDEBUG RELOAD", ":1\n+OK\n");
        client.Call($"MSETEX 20 {pairs} NX\nDEBUG RELOAD\nMSETEX 21 {pairs} new v XX", ":0\n+OK\n:0\n");
        client.Call($"DEBUG RELOAD\nMSETEX 20 {pairs} KEEPTTL XX\nEXPIRETIME m7\nEXISTS {keys} new",
            "+OK\n:1\n:4000000000\n:20\n");
        client.Call("COMMAND GETKEYS MSETEX 2 a 1 b 2 EX 5", "*2\n$1\na\n$1\nb\n");
        client.Call("COMMAND GETKEYS MSETEX 2 a 1 b", "*2\n$1\na\n$1\nb\n");
        client.Call($"MULTI\nMSETEX 2 m0 x m1 y PX 5000\nMGET m0 m1\nEXEC\nDEL {keys}",
            "+OK\n+QUEUED\n+QUEUED\n*2\n:1\n*2\n$1\nx\n$1\ny\n:20\n");
    }

    [Test]
    public void A_lock_is_extended_and_given_back_by_its_owner_alone()
    {
        RawClient owner = Connect();
        RawClient other = Connect();
        owner.Call("SET lock token NX PX 50000\nDEBUG RELOAD", "+OK\n+OK\n");
        other.Call("SET lock other IFEQ other PX 90000\nDELEX lock IFEQ other\nDELIFEQ lock other",
            "$-1\n:0\n:0\n");
        other.Call("WATCH lock\nMULTI\nPING\nEXEC", "+OK\n+OK\n+QUEUED\n*1\n+PONG\n");
        other.Call("WATCH lock", "+OK\n");
        owner.Call("DEBUG RELOAD\nSET lock token IFEQ token PX 80000\nDEBUG RELOAD\nDELEX lock IFEQ token",
            "+OK\n+OK\n+OK\n:1\n");
        other.Call("MULTI\nPING\nEXEC\nEXISTS lock", "+OK\n+QUEUED\n*-1\n:0\n");
    }

    [Test]
    public void Who_may_only_write_cannot_find_out_values()
    {
        const string denied =
            "-NOPERM this user has no permissions to access one of the keys used as arguments\n";
        RawClient client = Connect();
        client.Call("ACL SETUSER writer on nopass %W~* +@all\nSET secret v\nAUTH writer x",
            "+OK\n+OK\n+OK\n");
        foreach (string line in (string[])
            ["SET secret v IFEQ v", "SET secret v EX 5 ifne v", $"SET secret v IFDEQ {Digest}",
            "DELEX secret IFEQ v", "DELEX secret IFNE v", "DELIFEQ secret v",
            "DIGEST secret", "SUNIONCARD 1 secret"])
        {
            client.Call(line, denied);
        }

        client.Call("SET secret w NX\nMSETEX 1 secret w NX\nMSETEX 1 secret w\nDELEX secret",
            "$-1\n:0\n:1\n:1\n");
        client.Call("AUTH default x\nACL DELUSER writer", "+OK\n:1\n");
        client.Call("COMMAND GETKEYSANDFLAGS SET k v IFDNE x",
            "*1\n*2\n$1\nk\n*3\n+RW\n+access\n+update\n");
    }

    [Test]
    public void Scripts_and_transactions_have_them()
    {
        RawClient client = Connect();
        string[] lines =
        [
            "EVAL \"return {redis.call('SET', KEYS[1], 'Hello world'), redis.call('DIGEST', KEYS[1]), "
            + "redis.call('DELEX', KEYS[1], 'IFDNE', ARGV[1]), redis.call('DELIFEQ', KEYS[1], 'x'), "
            + $"redis.call('DELEX', KEYS[1], 'IFDEQ', ARGV[1])}}\" 1 sk {Digest}",
        ];
        client.Send(lines);
        client.Expect($"*5\n+OK\n$16\n{Digest}\n:0\n:0\n:1\n");
        client.Call("MULTI\nSET tk \"Hello world\"\nDIGEST tk\nSET tk 2 IFNE 2 GET\nDELEX tk\nEXEC",
            $"+OK\n+QUEUED\n+QUEUED\n+QUEUED\n+QUEUED\n*4\n+OK\n$16\n{Digest}\n$11\nHello world\n:1\n");
    }

    [Test]
    public void Sets_are_counted_without_being_made()
    {
        RawClient client = Connect();
        client.Call("DEL {c}a {c}b {c}n {c}l\nSADD {c}a 1 2 3 4\nSADD {c}b 3 4 5\nRPUSH {c}l x\nDEBUG RELOAD",
            ":0\n:4\n:3\n:1\n+OK\n");
        client.Call("SUNIONCARD 2 {c}a {c}b\nDEBUG RELOAD\nSDIFFCARD 2 {c}a {c}b", ":5\n+OK\n:2\n");
        client.Call("SUNIONCARD 3 {c}a {c}b {c}n LIMIT 4\nSUNIONCARD 2 {c}a {c}b APPROX LIMIT 9", ":4\n:5\n");
        client.Call("SDIFFCARD 2 {c}a {c}b LIMIT 1\nSDIFFCARD 1 {c}a LIMIT 0\nSDIFFCARD 2 {c}n {c}a",
            ":1\n:4\n:0\n");
        client.Call("SUNIONCARD 2 {c}a {c}a\nSUNIONCARD 1 {c}l\nSDIFFCARD 2 {c}a {c}l",
            ":4\n" + WrongType + WrongType);
        client.Call("SDIFFCARD 2 {c}a {c}b APPROX\nSUNIONCARD 0 {c}a\nSUNIONCARD 3 {c}a {c}b",
            "-ERR syntax error\n-ERR numkeys should be greater than 0\n"
            + "-ERR Number of keys can't be greater than number of args\n");
        client.Call("SUNIONCARD 1 {c}a LIMIT -1\nSUNIONCARD 1 {c}a LIMIT", "-ERR LIMIT can't be negative\n"
            + "-ERR syntax error\n");
        client.Call("DEL {c}a {c}b {c}l", ":3\n");
    }

    [Test]
    public void Bits_of_values_of_several_pieces_are_combined_as_in_a_model()
    {
        var random = new Random(1);
        byte[][] values = [new byte[2_500_000], new byte[1_200_000], new byte[2_100_001]];
        using var pipe = new ReplyPipe(Server.Port);
        for (int i = 0; i < values.Length; i++)
        {
            random.NextBytes(values[i]);
            pipe.RunAll([[Word("SET"), Word($"{{bits}}{i}"), values[i]]]);
        }

        foreach (string operation in (string[])["DIFF", "DIFF1", "ANDOR", "ONE", "XOR"])
        {
            pipe.Run($"BITOP {operation} {{bits}}result {{bits}}0 {{bits}}1 {{bits}}2");
            byte[] found = pipe.Run("GET {bits}result");
            byte[] expected = BitOpModelTests.Model(operation, values);
            Assert.That(found.AsSpan(10, expected.Length).SequenceEqual(expected), operation);
        }

        pipe.Run("BITOP ONE {bits}0 {bits}0 {bits}1 {bits}2");
        byte[] inPlace = BitOpModelTests.Model("ONE", values);
        Assert.That(pipe.Run("GET {bits}0").AsSpan(10, inPlace.Length).SequenceEqual(inPlace));
        pipe.Run("DEL {bits}0 {bits}1 {bits}2 {bits}result");
    }

    private static byte[] Word(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    [Test]
    public void Clients_are_found_by_what_they_are()
    {
        RawClient client = Connect();
        RawClient named = Connect();
        named.Call("CLIENT SETNAME filtered\nSELECT 3\nCLIENT SETINFO LIB-NAME lib\nCLIENT SETINFO LIB-VER 9",
            "+OK\n+OK\n+OK\n+OK\n");
        client.Call("CLIENT SETNAME asking", "+OK\n");
        foreach (string filter in (string[])
            ["NAME filtered", "DB 3", "LIB-NAME lib", "LIB-VER 9", "NAME filtered IP 127.0.0.1",
            "NAME filtered NOT-NAME asking FLAGS N", $"ADDR {named.Address}", "DB 3 USER default TYPE normal",
            "DB 3 NOT-DB 2 NOT-TYPE pubsub NOT-FLAGS x NOT-LIB-NAME lob NOT-LIB-VER 8 NOT-IP 10.0.0.1"])
        {
            client.Send($"CLIENT LIST {filter}");
            string list = client.ReadBulk();
            string[] lines = list.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(lines, Has.Length.EqualTo(1), filter);
            Assert.That(list, Does.Contain("name=filtered "), filter);
        }

        foreach (string filter in (string[])
            ["NAME nobody", "NAME filtered NOT-DB 3", "MAXAGE 1000", "IDLE 1000", "NAME asking SKIPME yes",
            "NAME filtered FLAGS P", $"NAME filtered NOT-ADDR {named.Address}",
            "NAME filtered NOT-USER default"])
        {
            client.Call($"CLIENT LIST {filter}", "$0\n\n");
        }

        client.Call("CLIENT KILL MAXAGE 1000\nCLIENT KILL NAME nobody\nCLIENT KILL NAME asking",
            ":0\n:0\n:0\n");
        client.Call("CLIENT KILL MAXAGE 0\nCLIENT KILL IDLE x\nCLIENT LIST DB 99\nCLIENT KILL NOT-SKIPME yes",
            "-ERR MAXAGE is a number of seconds, 1 or more\n-ERR IDLE is a number of seconds, 1 or more\n"
            + "-ERR DB index is out of range\n-ERR syntax error\n");
        RawClient third = Connect();
        third.Call("PING", "+PONG\n");
        client.Send("CLIENT LIST NOT-NAME asking");
        long[] ids = [.. client.ReadBulk().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => long.Parse(line.Split(' ')[0][3..]))];
        Assert.That(ids, Has.Length.EqualTo(2));
        client.Send($"CLIENT LIST ID {ids[0]} {ids[1]} 99999 DB 3");
        Assert.That(client.ReadBulk(), Does.Contain("name=filtered ").And.Not.Contain("\nid="));
        client.Call($"CLIENT LIST ID {ids[0]} x\nCLIENT KILL ID {ids[0]} x\nCLIENT KILL ID 0 1",
            "-ERR Invalid client ID\n-ERR syntax error\n-ERR client-id should be greater than 0\n");
        client.Call($"CLIENT KILL NOT-ID {ids[0]} {ids[1]}\nCLIENT KILL ID {ids[0]} {ids[1]} NOT-NAME asking",
            ":0\n:2\n");
        named.ExpectEnd();
        third.ExpectEnd();
    }
}
