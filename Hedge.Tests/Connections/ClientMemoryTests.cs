using System.Diagnostics;
using System.Globalization;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Connections;

/// <summary>What clients may make the server hold: unread replies, unfinished requests.</summary>
internal sealed class ClientMemoryTests(int cores, string io) : ServerFixture(cores, io)
{
    private const int Megabyte = 1 << 20;

    protected override IReadOnlyList<(string Name, string Value)> Settings => [("maxmemory", "256mb")];

    [Test]
    public void A_subscriber_over_the_hard_limit_is_disconnected_and_named_in_the_log()
    {
        RawClient subscriber = Connect(32 * 1024), publisher = Connect();
        publisher.Call("CONFIG SET client-output-buffer-limit \"pubsub 1mb 0 0\"", "+OK\n");
        subscriber.Call("SUBSCRIBE c", "*3\n$9\nsubscribe\n$1\nc\n:1\n");
        string message = $"*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$65536\r\n{new string('x', 65536)}\r\n";
        int sent = 0;
        do
        {
            Assert.That(sent++, Is.LessThan(2000), "messages until the subscriber is gone");
            publisher.SendRaw(message);
        }
        while (publisher.ReadLine() == ":1");

        Assert.That(subscriber.Drain(), Is.LessThan(100 * Megabyte));
        Assert.That(() => Server.Output, Does.Contain($"addr={subscriber.Address}").After(2000, 10));
        Assert.That(Server.Output, Does.Contain("client-output-buffer-limit"));
    }

    [Test]
    public void A_client_over_the_soft_limit_is_disconnected_after_its_time()
    {
        RawClient slow = Connect(32 * 1024), other = Connect();
        other.Call("CONFIG SET client-output-buffer-limit \"normal 0 1mb 1\"", "+OK\n");
        SetBig(other);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 20; i++) slow.Send("GET big");
        Assert.That(() => Server.Output, Does.Contain($"addr={slow.Address}").After(8000, 20));
        Assert.That(Stopwatch.GetElapsedTime(start).TotalSeconds, Is.GreaterThan(0.9));
        slow.Drain();
        other.Call("CONFIG SET client-output-buffer-limit \"normal 0 0 0\"", "+OK\n");
    }

    [Test]
    public void A_request_over_client_query_buffer_limit_disconnects()
    {
        RawClient client = Connect(), other = Connect();
        other.Call("CONFIG SET client-query-buffer-limit 1mb", "+OK\n");
        Assert.That(() =>
        {
            client.SendRaw("*2\r\n$3\r\nGET\r\n$8000000\r\n");
            for (int i = 0; i < 7; i++) client.SendRaw(new string('x', Megabyte));
            client.ReadLine();
        }, Throws.Exception);
        Assert.That(() => Server.Output, Does.Contain("client-query-buffer-limit").After(2000, 10));
        other.Call("CONFIG SET client-query-buffer-limit 1gb\nPING", "+OK\n+PONG\n");
    }

    [Test]
    public void A_pipeline_that_is_written_before_the_first_reply_is_read_gets_through()
    {
        // 60 MiB of replies, more than the server may hold unread, for 18 MiB of requests.
        RawClient client = Connect(), other = Connect();
        SetBig(other);
        const int echoed = 300 * 1024;
        string echo = $"*2\r\n$4\r\nECHO\r\n${echoed}\r\n{new string('y', echoed)}\r\n";
        for (int i = 0; i < 60; i++)
        {
            client.Send("GET big");
            client.SendRaw(echo);
        }

        for (int i = 0; i < 60; i++)
        {
            Assert.That(client.SkipBulk(), Is.EqualTo(Megabyte));
            Assert.That(client.SkipBulk(), Is.EqualTo(echoed));
        }
    }

    [Test]
    public void Memory_stays_bounded_when_many_clients_do_not_read()
    {
        RawClient other = Connect();
        SetBig(other);
        var slow = new List<RawClient>();
        for (int i = 0; i < 12; i++) slow.Add(Connect(32 * 1024));
        foreach (RawClient client in slow) client.Send([.. Enumerable.Repeat("GET big", 12)]);
        for (int i = 0; i < 100; i++) other.Call("PING", "+PONG\n");
        // Without a limit it would hold most of 144 MiB; the share is 32 MiB, and each may have one reply
        // more.
        Assert.That(Held(other), Is.LessThan(60L * Megabyte));
        foreach (RawClient client in slow)
        {
            for (int i = 0; i < 12; i++) Assert.That(client.SkipBulk(), Is.EqualTo(Megabyte));
        }
    }

    [Test]
    public void A_hundred_clients_that_send_byte_by_byte_are_served()
    {
        RawClient[] clients = [.. Enumerable.Range(0, 100).Select(_ => Connect())];
        const string request = "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n";
        foreach (char c in request)
        {
            foreach (RawClient client in clients) client.SendRaw(c.ToString());
        }

        foreach (RawClient client in clients) client.Expect("$5\nhello\n");
    }

    [Test]
    public void Idle_clients_are_disconnected_after_the_timeout_but_not_subscribers()
    {
        RawClient idle = Connect(), subscriber = Connect(), other = Connect();
        subscriber.Call("SUBSCRIBE t", "*3\n$9\nsubscribe\n$1\nt\n:1\n");
        idle.Call("PING", "+PONG\n");
        other.Call("CONFIG SET timeout 1", "+OK\n");
        idle.ExpectEnd();
        RawClient last = Connect();
        last.Call("CONFIG SET timeout 0\nPUBLISH t m", "+OK\n:1\n");
        subscriber.Expect("*3\n$7\nmessage\n$1\nt\n$1\nm\n");
    }

    [Test]
    public void Connections_come_and_go_by_the_thousand()
    {
        for (int round = 0; round < 20; round++)
        {
            var clients = new List<RawClient>();
            for (int i = 0; i < 100; i++) clients.Add(new RawClient(Server.Port));
            for (int i = 0; i < 50; i++) clients[i].Call("PING", "+PONG\n");
            foreach (RawClient client in clients) client.Dispose();
        }

        RawClient last = Connect();
        Assert.That(() => Clients(last), Is.LessThan(10).After(5000, 20));
    }

    private static void SetBig(RawClient client)
    {
        client.SendRaw($"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n${Megabyte}\r\n{new string('x', Megabyte)}\r\n");
        client.Expect("+OK\n");
    }

    private static int Clients(RawClient client)
    {
        client.Send("CLIENT LIST");
        return client.ReadBulk().Count(c => c == '\n');
    }

    private static long Held(RawClient client)
    {
        client.Send("CLIENT LIST");
        return client.ReadBulk().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Sum(l => long.Parse(l.Split(" obl=")[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
