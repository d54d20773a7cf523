using System.Globalization;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Subscribers;

/// <summary>Messages between clients of different cores.</summary>
[TestFixture(1, "auto")]
[TestFixture(2, "auto")]
[TestFixture(4, "auto")]
[TestFixture(2, "portable")]
internal sealed class PubSubTests(int cores, string io) : ServerFixture(cores, io)
{
    private const int PublishersMax = 200;

    private SpreadClients _spread = null!;

    protected override IReadOnlyList<(string Name, string Value)> Settings =>
        [("client-output-buffer-limit", "pubsub 1mb 0 0")];

    [OneTimeSetUp]
    public void Spread() => _spread = new SpreadClients(Server.Port, Cores);

    [OneTimeTearDown]
    public void Unspread() => _spread?.Dispose();

    [Test]
    public void Every_subscriber_gets_each_publisher_s_messages_in_order()
    {
        const int each = 1000;
        RawClient[] subscribers = Subscribe(8, "SUBSCRIBE news", "subscribe", "news");
        RawClient[] publishers = [.. Enumerable.Range(0, 4).Select(_ => Connect())];
        long before = Leases();
        for (int p = 0; p < publishers.Length; p++)
        {
            int publisher = p;
            publishers[p].Send([.. Enumerable.Range(0, each).Select(i => $"PUBLISH news {publisher}:{i}")]);
        }

        foreach (RawClient publisher in publishers)
            publisher.Expect(string.Concat(Enumerable.Repeat(":8\n", each)));
        Assert.That(Leases(), Is.EqualTo(before), "nothing stands still");
        foreach (RawClient subscriber in subscribers)
        {
            int[] next = new int[publishers.Length];
            for (int i = 0; i < each * publishers.Length; i++)
            {
                string[] message = ReadMessage(subscriber, "message", "news").Split(':');
                int from = int.Parse(message[0], CultureInfo.InvariantCulture);
                Assert.That(message[1], Is.EqualTo($"{next[from]++}"), "place in the publisher's order");
            }
        }
    }

    [Test]
    public void Channels_and_patterns_are_counted_on_all_cores()
    {
        RawClient[] subscribers = [.. Enumerable.Range(0, 6).Select(_ => Connect())];
        foreach (RawClient subscriber in subscribers)
        {
            subscriber.Call("SUBSCRIBE a1", "*3\n$9\nsubscribe\n$2\na1\n:1\n");
            subscriber.Call("PSUBSCRIBE a*", "*3\n$10\npsubscribe\n$2\na*\n:2\n");
        }

        RawClient pattern = Connect(), publisher = Connect();
        pattern.Call("PSUBSCRIBE ?1", "*3\n$10\npsubscribe\n$2\n?1\n:1\n");
        publisher.Call("PUBLISH a1 x\nPUBLISH a2 y\nPUBLISH b1 z\nPUBLISH c2 z", ":13\n:6\n:1\n:0\n");
        foreach (RawClient subscriber in subscribers)
        {
            subscriber.Expect("*3\n$7\nmessage\n$2\na1\n$1\nx\n*4\n$8\npmessage\n$2\na*\n$2\na1\n$1\nx\n"
                + "*4\n$8\npmessage\n$2\na*\n$2\na2\n$1\ny\n");
        }

        pattern.Expect(
            "*4\n$8\npmessage\n$2\n?1\n$2\na1\n$1\nx\n*4\n$8\npmessage\n$2\n?1\n$2\nb1\n$1\nz\n");
    }

    [Test]
    public void A_confirmed_subscription_gets_the_next_message_and_a_confirmed_end_none()
    {
        RawClient[] clients = [.. Enumerable.Range(0, 4).Select(_ => Connect())];
        RawClient publisher = Connect();
        for (int i = 0; i < 100; i++)
        {
            RawClient subscriber = clients[i % clients.Length];
            string name = $"c{i % 7}";
            subscriber.Call($"SUBSCRIBE {name}", $"*3\n$9\nsubscribe\n$2\n{name}\n:1\n");
            publisher.Call($"PUBLISH {name} m", ":1\n");
            subscriber.Expect($"*3\n$7\nmessage\n$2\n{name}\n$1\nm\n");
            subscriber.Call($"UNSUBSCRIBE {name}", $"*3\n$11\nunsubscribe\n$2\n{name}\n:0\n");
            publisher.Call($"PUBLISH {name} m", ":0\n");
        }
    }

    [Test]
    public void Shard_channels_are_apart_from_channels()
    {
        RawClient[] shards = Subscribe(4, "SSUBSCRIBE n", "ssubscribe", "n");
        RawClient[] channels = Subscribe(4, "SUBSCRIBE n", "subscribe", "n");
        RawClient publisher = Connect();
        publisher.Call("SPUBLISH n 1\nPUBLISH n 2\nSPUBLISH other 3", ":4\n:4\n:0\n");
        foreach (RawClient client in shards) client.Expect("*3\n$8\nsmessage\n$1\nn\n$1\n1\n");
        foreach (RawClient client in channels) client.Expect("*3\n$7\nmessage\n$1\nn\n$1\n2\n");
    }

    [Test]
    public void Replies_keep_their_order_among_other_commands()
    {
        Subscribe(4, "SUBSCRIBE mix", "subscribe", "mix");
        RawClient client = Connect();
        var lines = new List<string>();
        string expected = "";
        for (int i = 0; i < 60; i++)
        {
            lines.AddRange([$"SET k{i} {i}", "PUBLISH mix a", "PUBLISH nobody a", $"GET k{i}", "ECHO e",
                "PUBLISH mix b", "NOSUCH", $"MGET k{i} none"]);
            string number = $"${$"{i}".Length}\n{i}\n";
            expected += $"+OK\n:4\n:0\n{number}$1\ne\n:4\n-ERR unknown command 'NOSUCH', with args beginning "
                + $"with: \n*2\n{number}$-1\n";
        }

        client.Send([.. lines]);
        client.Expect(expected);
    }

    [Test]
    public void A_message_does_not_overtake_what_its_publisher_has_written()
    {
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE written", "subscribe", "written");
        RawClient[] readers = [.. subscribers.Select(_ => Connect())];
        RawClient writer = Connect();
        for (int i = 0; i < 200; i++) writer.Send($"SET w{i % 50} {i}\r\nPUBLISH written {i}");
        for (int i = 0; i < 200; i++)
        {
            for (int s = 0; s < subscribers.Length; s++)
            {
                Assert.That(ReadMessage(subscribers[s], "message", "written"), Is.EqualTo($"{i}"));
                readers[s].Send($"GET w{i % 50}");
                Assert.That(int.Parse(readers[s].ReadBulk(), CultureInfo.InvariantCulture),
                    Is.GreaterThanOrEqualTo(i));
            }
        }
    }

    [Test]
    public void A_transaction_publishes_in_order_with_what_comes_before_and_after()
    {
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE t", "subscribe", "t");
        RawClient[] sharded = Subscribe(4, "SSUBSCRIBE t", "ssubscribe", "t");
        RawClient client = Connect();
        string lines = "PUBLISH t 0", expected = ":4\n";
        for (int i = 1; i < 50; i++)
        {
            lines += $"\nMULTI\nPUBLISH t {i}a\nSET t{i} 1\nPUBLISH t {i}b\nSPUBLISH t {i}\n"
                + $"SPUBLISH nobody:{i} x\nEXEC\nPUBLISH t {i}c";
            expected += "+OK\n" + string.Concat(Enumerable.Repeat("+QUEUED\n", 5))
                + "*5\n:4\n+OK\n:4\n:4\n:0\n:4\n";
        }

        client.Call(lines, expected);
        string[] all = ["0", .. Enumerable.Range(1, 49).SelectMany(i => new[] { $"{i}a", $"{i}b", $"{i}c" })];
        foreach (RawClient subscriber in subscribers)
        {
            foreach (string message in all)
                Assert.That(ReadMessage(subscriber, "message", "t"), Is.EqualTo(message));
        }

        foreach (RawClient subscriber in sharded)
        {
            for (int i = 1; i < 50; i++)
                Assert.That(ReadMessage(subscriber, "smessage", "t"), Is.EqualTo($"{i}"));
        }
    }

    [Test]
    public void Clients_of_different_cores_take_part()
    {
        Connect().Call("SUBSCRIBE far", "*3\n$9\nsubscribe\n$3\nfar\n:1\n");
        // One client asks for all figures: new ones take their places on the cores in turn.
        RawClient observer = Connect();
        long before = Leases(observer), far = 0, near = 0;
        // Clients of other tests may still be leaving: until then new ones take their places on one core.
        for (int i = 0; i < PublishersMax && (near == 0 || (Cores > 1 && far == 0)); i++)
        {
            Connect().Call("MULTI\nPUBLISH far m\nEXEC", "+OK\n+QUEUED\n*1\n:1\n");
            // Only a transaction whose subscriber is on another core stops the others.
            long now = Leases(observer);
            if (now > before) far++;
            else near++;
            before = now;
        }

        Assert.That(near, Is.Positive);
        Assert.That(far > 0, Is.EqualTo(Cores > 1));
    }

    [TestCase(100)]
    [TestCase(70_000)]
    [TestCase(900_000)]
    public void Messages_of_any_size_and_content_arrive(int length)
    {
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE big", "subscribe", "big");
        string message = string.Create(length, 0, (text, _) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = (char)(i * 7 % 256);
        });
        RawClient publisher = Connect();
        publisher.SendRaw($"*3\r\n$7\r\nPUBLISH\r\n$3\r\nbig\r\n${length}\r\n{message}\r\n");
        publisher.Expect(":4\n");
        foreach (RawClient subscriber in subscribers)
            Assert.That(ReadMessage(subscriber, "message", "big"), Is.EqualTo(message));
    }

    [Test]
    public void What_a_publisher_sent_before_it_left_arrives()
    {
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE gone", "subscribe", "gone");
        for (int i = 0; i < 20; i++)
        {
            using var publisher = new RawClient(Server.Port);
            publisher.Send($"PUBLISH gone {i}");
            publisher.EndSending();
            publisher.Expect(":4\n");
            publisher.ExpectEnd();
        }

        foreach (RawClient subscriber in subscribers)
        {
            for (int i = 0; i < 20; i++)
                Assert.That(ReadMessage(subscriber, "message", "gone"), Is.EqualTo($"{i}"));
        }
    }

    [Test]
    public void Messages_without_replies_arrive_too()
    {
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE quiet", "subscribe", "quiet");
        RawClient publisher = Connect();
        publisher.Send("CLIENT REPLY OFF");
        for (int i = 0; i < 500; i++) publisher.Send($"PUBLISH quiet {i}");
        publisher.Call("CLIENT REPLY ON", "+OK\n");
        publisher.Call("CLIENT REPLY SKIP\nPUBLISH quiet 500\nPUBLISH quiet 501", ":4\n");
        foreach (RawClient subscriber in subscribers)
        {
            for (int i = 0; i < 502; i++)
                Assert.That(ReadMessage(subscriber, "message", "quiet"), Is.EqualTo($"{i}"));
        }
    }

    [Test]
    public void A_RESP3_client_may_publish_to_itself_between_other_commands()
    {
        RawClient client = Connect();
        client.Send("HELLO 3");
        client.Send("ECHO ready");
        while (client.ReadLine() != "ready") { }

        client.Call("SUBSCRIBE self", ">3\n$9\nsubscribe\n$4\nself\n:1\n");
        RawClient[] others = Subscribe(4, "SUBSCRIBE self", "subscribe", "self");
        // As in Redis 7.0 the message comes before the reply.
        client.Call("PUBLISH self a\nSET s 1\nGET s",
            ">3\n$7\nmessage\n$4\nself\n$1\na\n:5\n+OK\n$1\n1\n");
        foreach (RawClient other in others)
            Assert.That(ReadMessage(other, "message", "self"), Is.EqualTo("a"));
    }

    [Test]
    public void A_subscriber_that_does_not_read_is_disconnected_and_nobody_else_suffers()
    {
        RawClient[] lazy =
            [.. Enumerable.Range(0, 4).Select(_ => Connect(receiveBufferBytes: 16 * 1024))];
        foreach (RawClient client in lazy)
            client.Call("SUBSCRIBE flood", "*3\n$9\nsubscribe\n$5\nflood\n:1\n");
        RawClient[] subscribers = Subscribe(4, "SUBSCRIBE flood", "subscribe", "flood");
        RawClient publisher = Connect();
        string message = new('m', 20_000);
        int receivers = 8, sent = 0;
        // What the kernel's buffers take is not the client's unread output: that is bounded by megabytes.
        for (; receivers > 4 && sent < 10_000; sent++)
        {
            publisher.Send($"PUBLISH flood {message}");
            receivers = int.Parse(publisher.ReadLine()[1..], CultureInfo.InvariantCulture);
            foreach (RawClient subscriber in subscribers)
                Assert.That(ReadMessage(subscriber, "message", "flood"), Has.Length.EqualTo(20_000));
        }

        Assert.That(receivers, Is.EqualTo(4), $"after {sent} messages");
        foreach (RawClient client in lazy)
            Assert.That(client.Drain(), Is.GreaterThan(0), "what was on its way, and then the end");
        publisher.Call("PUBLISH flood end", ":4\n");
    }

    [Test]
    public void Clients_that_come_and_go_under_fire_leave_nothing_behind()
    {
        RawClient publisher = Connect(), watcher = Connect();
        var random = new Random(4711);
        for (int round = 0; round < 60; round++)
        {
            string sent = string.Concat(Enumerable.Range(0, 50).Select(i => $"PUBLISH come m{i}\r\n"));
            publisher.SendRaw(sent);
            RawClient[] visitors = [.. Enumerable.Range(0, 3).Select(_ => new RawClient(Server.Port))];
            foreach (RawClient visitor in visitors)
            {
                visitor.Send(random.Next(3) switch
                {
                    0 => "SUBSCRIBE come",
                    1 => "PSUBSCRIBE c* come*",
                    _ => "SUBSCRIBE come\r\nUNSUBSCRIBE come\r\nPUBLISH come visitor",
                });
                if (random.Next(2) == 0) visitor.ReadLine();
            }

            foreach (RawClient visitor in visitors) visitor.Dispose();
            for (int i = 0; i < 50; i++) Assert.That(publisher.ReadLine(), Does.StartWith(":"));
        }

        Assert.That(() => Ask(watcher, "PUBSUB CHANNELS come"), Is.EqualTo("*0").After(10_000, 10));
        Assert.That(() => Ask(watcher, "PUBSUB NUMPAT"), Is.EqualTo(":0").After(10_000, 10));
        publisher.Call("PUBLISH come end", ":0\n");
    }

    private static string Ask(RawClient client, string line)
    {
        client.Send(line);
        string reply = client.ReadLine();
        if (reply[0] != '*') return reply;
        for (int left = int.Parse(reply[1..], CultureInfo.InvariantCulture); left > 0; left--)
            client.ReadBulk();
        return reply;
    }

    private static string ReadMessage(RawClient client, string kind, string channel)
    {
        client.Expect($"*3\n${kind.Length}\n{kind}\n${channel.Length}\n{channel}\n");
        return client.ReadBulk();
    }

    private RawClient[] Subscribe(int count, string line, string kind, string name)
    {
        RawClient[] subscribers = [.. Enumerable.Range(0, count).Select(_ => Connect())];
        foreach (RawClient subscriber in subscribers)
            subscriber.Call(line, $"*3\n${kind.Length}\n{kind}\n${name.Length}\n{name}\n:1\n");
        return subscribers;
    }

    /// <summary>How many commands have held partitions of other cores, without those that ask.</summary>
    private long Leases() => Leases(Connect());

    private static long Leases(RawClient client)
    {
        client.Send("INFO everything");
        string line = client.ReadBulk().Split("\r\n")
            .Single(l => l.StartsWith("leases:", StringComparison.Ordinal));
        return long.Parse(line["leases:".Length..], CultureInfo.InvariantCulture);
    }
}
