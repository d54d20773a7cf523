using NUnit.Framework;

namespace Hedge.Tests.Cores;

/// <summary>How connections end: QUIT, errors, HTTP, the client's end of sending, CLIENT KILL.</summary>
internal sealed class ConnectionEndTests(int cores, string io) : ServerFixture(cores, io)
{
    [TestCase("PING\nQUIT\nPING", "+PONG\n+OK\n")]
    [TestCase("QUIT with arguments", "+OK\n")]
    [TestCase("MULTI\nQUIT\nPING", "+OK\n+OK\n")]
    [TestCase("SUBSCRIBE a\nQUIT", "*3\n$9\nsubscribe\n$1\na\n:1\n+OK\n")]
    [TestCase("WATCH a b c\nMULTI\nQUIT", "+OK\n+OK\n+OK\n")]
    [TestCase("MGET a b c d\nQUIT\nMGET a b", "*4\n$-1\n$-1\n$-1\n$-1\n+OK\n")]
    public void Nothing_is_run_after_QUIT(string lines, string expected)
    {
        RawClient client = Connect();
        client.Call(lines, expected);
        client.ExpectEnd();
    }

    [TestCase("PING\n*1\n$-5", "+PONG\n-ERR Protocol error: invalid bulk length\n")]
    [TestCase("MGET a b c d\n*x\nPING",
        "*4\n$-1\n$-1\n$-1\n$-1\n-ERR Protocol error: invalid multibulk length\n")]
    [TestCase("PING\n\"abc\nPING", "+PONG\n-ERR Protocol error: unbalanced quotes in request\n")]
    public void Replies_produced_before_a_protocol_error_are_sent(string lines, string expected)
    {
        RawClient client = Connect();
        client.Call(lines, expected);
        client.ExpectEnd();
    }

    [TestCase("POST / HTTP/1.1\nHost: x\n")]
    [TestCase("host: x\nSET attacked 1")]
    [TestCase("*1\n$4\nPOST\n*1\n$4\nPING")]
    public void An_HTTP_request_is_not_answered(string lines)
    {
        RawClient client = Connect();
        client.Send(lines.Split('\n'));
        client.ExpectEnd();
        Connect().Call("EXISTS attacked", ":0\n");
        Assert.That(() => Server.Output, Does.Contain(client.Address).After(2000, 10),
            "the log says who it was");
    }

    [Test]
    public void A_client_that_ends_its_sending_gets_all_replies()
    {
        RawClient client = Connect();
        client.Call("DEL x y z", ":0\n");
        const int rounds = 300;
        string[] round = ["INCR x", "INCR y", "MGET x y z"];
        client.Send([.. Enumerable.Repeat(round, rounds).SelectMany(l => l)]);
        client.EndSending();
        for (int i = 1; i <= rounds; i++)
        {
            int digits = i.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
            client.Expect($":{i}\n:{i}\n*3\n${digits}\n{i}\n${digits}\n{i}\n$-1\n");
        }

        client.ExpectEnd();
        Connect().Call("DEL x y z", ":2\n");
    }

    [TestCase("", "")]
    [TestCase("PING\nPI", "+PONG\n")]
    [TestCase("SUBSCRIBE a", "*3\n$9\nsubscribe\n$1\na\n:1\n")]
    [TestCase("MULTI\nMGET a b c d\nEXEC", "+OK\n+QUEUED\n*1\n*4\n$-1\n$-1\n$-1\n$-1\n")]
    [TestCase("WAIT 1 0", ":0\n")]
    public void A_client_that_ends_its_sending_is_answered_and_closed(string lines, string expected)
    {
        RawClient client = Connect();
        string end = lines.EndsWith("PI", StringComparison.Ordinal) ? "" : "\r\n";
        client.SendRaw(lines.Replace("\n", "\r\n", StringComparison.Ordinal) + end);
        client.EndSending();
        client.Expect(expected);
        client.ExpectEnd();
    }

    [Test]
    public void CLIENT_KILL_of_oneself_replies_and_closes()
    {
        RawClient client = Connect();
        client.Send($"CLIENT KILL {client.Address}", "PING");
        client.Expect("+OK\n");
        client.ExpectEnd();
        RawClient other = Connect();
        other.Send("CLIENT ID");
        string id = other.ReadLine()[1..];
        other.Call($"CLIENT KILL ID {id}\nCLIENT KILL ID {id} SKIPME no\nPING", ":0\n:1\n");
        other.ExpectEnd();
    }

    [Test]
    public void CLIENT_KILL_ends_transactions_subscriptions_and_waits_of_others()
    {
        RawClient queued = Connect(), subscribed = Connect(), waiting = Connect(), killer = Connect();
        queued.Call("MULTI\nSET never 1", "+OK\n+QUEUED\n");
        subscribed.Call("SUBSCRIBE q", "*3\n$9\nsubscribe\n$1\nq\n:1\n");
        waiting.Send("WAIT 1 0");
        Assert.That(() => FlagsOf(killer, waiting), Is.EqualTo("b").After(2000, 10));
        foreach (RawClient client in new[] { queued, subscribed, waiting })
            killer.Call($"CLIENT KILL {client.Address}", "+OK\n");
        foreach (RawClient client in new[] { queued, subscribed, waiting }) client.ExpectEnd();
        killer.Call("PUBLISH q 1\nEXISTS never", ":0\n:0\n");
    }

    [Test]
    public void CLIENT_UNBLOCK_ends_a_WAIT_as_asked()
    {
        RawClient waiting = Connect(), other = Connect();
        waiting.Send("CLIENT ID");
        string id = waiting.ReadLine()[1..];
        foreach ((string how, string reply) in new[]
        {
            ("", ":0\n"), (" TIMEOUT", ":0\n"),
            (" ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\n"),
        })
        {
            waiting.Send("WAIT 1 0", "PING");
            Assert.That(() => FlagsOf(other, waiting), Is.EqualTo("b").After(2000, 10));
            other.Call($"CLIENT UNBLOCK {id}{how}", ":1\n");
            waiting.Expect(reply + "+PONG\n");
            other.Call($"CLIENT UNBLOCK {id}{how}", ":0\n");
        }
    }

    private static string FlagsOf(RawClient asking, RawClient client)
    {
        asking.Send("CLIENT LIST");
        string line = asking.ReadBulk().Split('\n').First(l => l.Contains($" addr={client.Address} "));
        return line.Split(" flags=")[1].Split(' ')[0];
    }
}
