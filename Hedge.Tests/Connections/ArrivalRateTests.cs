using System.Net;
using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Resp;
using Hedge.Storage.Io;
using NUnit.Framework;

namespace Hedge.Tests.Connections;

[TestFixture]
[Category("fast")]
public sealed class ArrivalRateTests
{
    private static readonly IPEndPoint Nowhere = new(IPAddress.None, 0);

    [TestCase(1, 1)]
    [TestCase(11, 1)]
    [TestCase(12, 4)]
    [TestCase(30, 10)]
    [TestCase(500, 16)]
    public void A_sleep_waits_for_a_third_of_many_clients_and_for_one_of_few(int clients, int awaited)
    {
        ArrivalRate rate = new();
        Connection[] connections = Connections(clients);
        for (int round = 0; round < 3; round++)
            foreach (Connection connection in connections) rate.Count(connection, 10_000);
        Assert.That(rate.EventsToAwait(10_999), Is.EqualTo(1), "the window is not over");
        Assert.That(rate.EventsToAwait(11_000), Is.EqualTo(awaited));
    }

    [Test]
    public void Clients_that_have_fallen_silent_are_not_waited_for()
    {
        ArrivalRate rate = new();
        foreach (Connection connection in Connections(50)) rate.Count(connection, 10_000);
        Assert.That(rate.EventsToAwait(11_500), Is.EqualTo(16));
        Assert.That(rate.EventsToAwait(12_500), Is.EqualTo(1), "nobody came in the next window");
        foreach (Connection connection in Connections(50)) rate.Count(connection, 12_600);
        Assert.That(rate.EventsToAwait(90_000), Is.EqualTo(1), "the window is long past");
    }

    private static Connection[] Connections(int count)
    {
        Connection[] connections = new Connection[count];
        for (int i = 0; i < count; i++)
        {
            connections[i] = new Connection
            {
                Index = i,
                Session = new Session { Id = i, Remote = Nowhere, Local = Nowhere },
                Parser = new RequestParser(new ParserLimits()),
                Output = new OutputBuffer(),
            };
        }

        return connections;
    }
}
