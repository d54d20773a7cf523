using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Executions;

/// <summary>A reply, or what a command writes, that is too much: an error, and nothing else is harmed. The
/// limits of 2 GB are lowered.</summary>
internal sealed class SizeLimitTests(int cores, string io) : ServerFixture(cores, io)
{
    private const string TooLong = "-ERR the reply is longer than 2 GB\n";
    private const string TooMuch = "-ERR a command or transaction may write less than 2 GB\n";
    private const int ValueBytes = 400_000;
    private const int KeyCount = 8;

    private static readonly string Value = new('v', ValueBytes);
    private static readonly string[] Keys = [.. Enumerable.Range(0, KeyCount).Select(i => $"big{i}")];

    private RawClient _client = null!;

    [SetUp]
    public void FillAndLower()
    {
        _client = Connect();
        _client.Call("FLUSHALL", "+OK\n");
        foreach (string key in Keys) Set(_client, key, Value);
        _client.Call("DEBUG REPLY-LIMIT 1000000\nDEBUG WRITE-LIMIT 2000000", "+OK\n+OK\n");
    }

    [TearDown]
    public void Raise() => Connect().Call("DEBUG REPLY-LIMIT 0\nDEBUG WRITE-LIMIT 0", "+OK\n+OK\n");

    [Test]
    public void A_reply_that_is_too_long_is_an_error_and_the_client_goes_on()
    {
        for (int i = 0; i < 3; i++) _client.Call($"MGET {string.Join(' ', Keys)}\nPING", TooLong + "+PONG\n");
        _client.Call($"MGET {Keys[0]} {Keys[1]}", $"*2\n{Bulk(Value)}{Bulk(Value)}");
        RawClient resp3 = Connect();
        resp3.Send("HELLO 3", $"MGET {string.Join(' ', Keys)}", "PING");
        while (resp3.ReadLine() is { } line && line != "-ERR the reply is longer than 2 GB")
            Assert.That(line, Does.Not.Contain("vvv"));
        resp3.Expect("+PONG\n");
    }

    [Test]
    public void A_reply_that_is_too_long_keeps_its_place_among_others()
    {
        string all = string.Join(' ', Keys);
        for (int i = 0; i < KeyCount; i++)
        {
            _client.Call($"STRLEN {Keys[i]}\nMGET {all}\nSTRLEN {Keys[KeyCount - 1 - i]}\nMGET {all}",
                $":{ValueBytes}\n{TooLong}:{ValueBytes}\n{TooLong}");
        }
    }

    [Test]
    public void One_value_that_is_too_long_is_an_error_on_whichever_core_it_is()
    {
        _client.Call("DEBUG REPLY-LIMIT 300000", "+OK\n");
        foreach (string key in Keys)
            _client.Call($"GET {key}\nGETRANGE {key} 0 1\nGET {key}", $"{TooLong}{Bulk("vv")}{TooLong}");
    }

    [Test]
    public void In_a_transaction_the_one_reply_is_an_error_and_its_writes_stay()
    {
        string all = string.Join(' ', Keys);
        string gets = $"GET {Keys[0]}\nGET {Keys[1]}\nGET {Keys[2]}";
        _client.Call($"MULTI\nSET a 1\nMGET {all}\nINCR a\n{gets}\nGET a",
            $"+OK\n{Repeat("+QUEUED\n", 7)}");
        _client.Call("EXEC",
            $"*7\n+OK\n{TooLong}:2\n{Bulk(Value)}{Bulk(Value)}{TooLong}{Bulk("2")}");
        _client.Call("GET a\nMULTI\nPING\nEXEC", $"{Bulk("2")}+OK\n+QUEUED\n*1\n+PONG\n");
    }

    [Test]
    public void A_transaction_with_many_short_replies_after_a_long_one_gets_them_all()
    {
        string queued = string.Join('\n', Enumerable.Repeat("INCR n", 200));
        _client.Call($"MULTI\nGET {Keys[0]}\nGET {Keys[1]}\nGET {Keys[2]}\n{queued}\nEXEC",
            $"+OK\n{Repeat("+QUEUED\n", 203)}*203\n{Bulk(Value)}{Bulk(Value)}{TooLong}"
            + string.Concat(Enumerable.Range(1, 200).Select(i => $":{i}\n")));
    }

    [Test]
    public void Keys_that_are_too_many_for_a_reply_are_an_error_in_a_transaction()
    {
        _client.Call("DEBUG REPLY-LIMIT 50\nMULTI\nKEYS big*\nDBSIZE\nEXEC",
            $"+OK\n+OK\n+QUEUED\n+QUEUED\n*2\n{TooLong}:{KeyCount}\n");
        // Outside of a transaction they are sent as the client reads when there are many, or it takes long.
        _client.Send("KEYS *");
        string first = _client.ReadLine();
        Assert.That(first + "\n", Is.EqualTo($"*{KeyCount}\n").Or.EqualTo(TooLong));
        for (int i = 0; first[0] == '*' && i < 2 * KeyCount; i++) _client.ReadLine();
        _client.Call("DBSIZE", $":{KeyCount}\n");
    }

    [Test]
    public void A_command_that_writes_too_much_is_refused_with_nothing_written()
    {
        RawClient other = Connect();
        string pairs = string.Concat(Keys.Select(k => $"$3\r\nn{k[^2..]}\r\n${ValueBytes}\r\n{Value}\r\n"));
        foreach (string name in new[] { "MSET", "MSETNX" })
        {
            _client.SendRaw($"*{1 + (2 * KeyCount)}\r\n${name.Length}\r\n{name}\r\n{pairs}");
            _client.Expect(TooMuch);
        }

        other.Call("DBSIZE", $":{KeyCount}\n");
    }

    [Test]
    public void A_transaction_whose_arguments_are_too_much_is_refused_as_a_whole()
    {
        _client.Call("MULTI\nSET small 1", "+OK\n+QUEUED\n");
        foreach (string key in Keys) Set(_client, key + "x", Value, "+QUEUED\n");
        _client.Call("EXEC", "-EXECABORT Transaction discarded because of: a command or transaction may "
            + "write less than 2 GB\n");
        _client.Call("GET small\nDBSIZE\nEXEC", $"$-1\n:{KeyCount}\n-ERR EXEC without MULTI\n");
    }

    [Test]
    public void What_a_transaction_copies_is_limited_and_a_rename_that_fails_loses_nothing()
    {
        string copies = string.Join('\n', Keys.Select(k => $"COPY {k} c{k}"));
        _client.Call($"MULTI\nSET a 1\n{copies}\nRENAME {Keys[0]} gone\nMOVE {Keys[1]} 1\nINCR a\nEXEC",
            $"+OK\n{Repeat("+QUEUED\n", KeyCount + 4)}*{KeyCount + 4}\n+OK\n{Repeat(":1\n", 4)}"
            + Repeat(TooMuch, 6) + ":2\n");
        _client.Call($"STRLEN {Keys[0]}\nEXISTS gone\nSTRLEN {Keys[1]}\nSELECT 1\nEXISTS {Keys[1]}\nSELECT 0",
            $":{ValueBytes}\n:0\n:{ValueBytes}\n+OK\n:0\n+OK\n");
        _client.Call($"RENAME {Keys[0]} gone\nSTRLEN gone", $"+OK\n:{ValueBytes}\n");
    }

    [Test]
    public void Values_that_a_transaction_makes_grow_are_limited()
    {
        _client.Call("MULTI\nSETRANGE r 1500000 x\nSETRANGE r 1500000 yy\nSETRANGE q 1500000 x\n"
            + "SETBIT s 8000000 1\nBITOP NOT t r\nAPPEND r z\nEXEC",
            $"+OK\n{Repeat("+QUEUED\n", 6)}*6\n:1500001\n:1500002\n{TooMuch}{TooMuch}{TooMuch}:1500003\n");
        _client.Call("EXISTS q s t\nSETRANGE q 1500000 x", ":0\n:1500001\n");
    }

    [Test]
    public void A_long_result_of_which_only_the_first_part_fits_is_not_written_at_all()
    {
        _client.Call("SETRANGE r 1500000 x\nSET t old", ":1500001\n+OK\n");
        _client.Call("MULTI\nSETRANGE p 300000 x\nBITOP NOT t r\nEXEC",
            $"+OK\n+QUEUED\n+QUEUED\n*2\n:300001\n{TooMuch}");
        _client.Call("GET t\nDEBUG WRITE-LIMIT 5000000\nBITOP NOT t r", $"{Bulk("old")}+OK\n:1500001\n");
    }

    private static void Set(RawClient client, string key, string value, string reply = "+OK\n")
    {
        client.SendRaw($"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${value.Length}\r\n{value}\r\n");
        client.Expect(reply);
    }

    private static string Bulk(string value) => $"${value.Length}\n{value}\n";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
