using System.Globalization;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Connections;

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
        // Who it was is said once a minute.
        Assert.That(() => Server.Output, Does.Contain("Possible SECURITY ATTACK detected").After(2000, 10));
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
    public void A_killed_client_reads_an_orderly_end()
    {
        RawClient killer = Connect();
        for (int i = 0; i < 20; i++)
        {
            RawClient idle = Connect(), subscribed = Connect();
            idle.Call("PING", "+PONG\n");
            subscribed.Call("SUBSCRIBE q", "*3\n$9\nsubscribe\n$1\nq\n:1\n");
            killer.Call($"CLIENT KILL {idle.Address}\nCLIENT KILL {subscribed.Address}", "+OK\n+OK\n");
            Assert.That(idle.DrainToOrderlyEnd(), Is.Zero);
            Assert.That(subscribed.DrainToOrderlyEnd(), Is.Zero);
        }
    }

    [Test]
    public void A_killed_client_that_does_not_read_gets_what_was_sent_and_an_orderly_end()
    {
        RawClient killer = Connect(), slow = Connect(receiveBufferBytes: 4096);
        killer.Call("SETRANGE big 9999999 x", ":10000000\n");
        slow.Send("GET big");
        Assert.That(() => Unread(killer, slow), Is.GreaterThan(0).After(2000, 10));
        killer.Call($"CLIENT KILL {slow.Address}", "+OK\n");
        Assert.That(slow.DrainToOrderlyEnd(), Is.GreaterThan(0));
        killer.Call("DEL big", ":1\n");
    }

    [Test]
    public void A_subscriber_over_its_limit_gets_what_was_sent_and_an_orderly_end()
    {
        RawClient publisher = Connect(), slow = Connect(receiveBufferBytes: 4096);
        publisher.Call("CONFIG SET client-output-buffer-limit \"pubsub 1mb 0 0\"", "+OK\n");
        slow.Call("SUBSCRIBE q", "*3\n$9\nsubscribe\n$1\nq\n:1\n");
        string message = new('m', 60_000);
        for (int i = 0; i < 400; i++)
        {
            publisher.Send($"PUBLISH q {message}");
            if (publisher.ReadLine() == ":0") break;
        }

        Assert.That(slow.DrainToOrderlyEnd(), Is.GreaterThan(0));
        publisher.Call("CONFIG SET client-output-buffer-limit \"pubsub 32mb 8mb 60\"", "+OK\n");
    }

    [Test]
    public void QUIT_and_errors_end_in_order()
    {
        foreach (string last in (string[])["QUIT", "*1\r\n$-5"])
        {
            for (int i = 0; i < 20; i++)
            {
                RawClient client = Connect();
                client.Send("PING", last);
                Assert.That(client.DrainToOrderlyEnd(), Is.GreaterThan(10));
            }
        }
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

    private static long Unread(RawClient asking, RawClient client) =>
        Figure(asking, client, "obl") + Figure(asking, client, "omem");

    private static long Figure(RawClient asking, RawClient client, string name)
    {
        asking.Send("CLIENT LIST");
        string line = asking.ReadBulk().Split('\n').First(l => l.Contains($" addr={client.Address} "));
        return long.Parse(line.Split($" {name}=")[1].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private static string FlagsOf(RawClient asking, RawClient client)
    {
        asking.Send("CLIENT LIST");
        string line = asking.ReadBulk().Split('\n').First(l => l.Contains($" addr={client.Address} "));
        return line.Split(" flags=")[1].Split(' ')[0];
    }
}
