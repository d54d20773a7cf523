using System.Text;
using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Full SCAN iterations and published messages, compared with Redis:
/// what random sequences cannot.</summary>
[TestFixture]
[Category("diff")]
public sealed class ScanAndPublishTests
{
    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", "2"));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase("")]
    [TestCase(" COUNT 1")]
    [TestCase(" COUNT 1000")]
    [TestCase(" MATCH key:1*")]
    [TestCase(" MATCH *[05] COUNT 50")]
    [TestCase(" TYPE string")]
    [TestCase(" TYPE hash")]
    [TestCase(" MATCH nosuch TYPE string COUNT 7")]
    public void A_full_iteration_finds_the_same_keys(string options)
    {
        using var redis = new ReplyPipe(_pair.Redis.Port);
        using var hedge = new ReplyPipe(_pair.Hedge.Port);
        foreach (ReplyPipe pipe in (ReplyPipe[])[redis, hedge])
        {
            pipe.Run("FLUSHALL");
            pipe.RunAll([.. Enumerable.Range(0, 1000).Select(i => CommandLine.Split($"SET key:{i} {i}"))]);
        }

        Assert.That(Iterate(hedge, options), Is.EquivalentTo(Iterate(redis, options).Distinct()));
    }

    [Test]
    public void Subscriptions_and_messages_are_the_same([Values(2, 3)] int protocol)
    {
        string[] steps =
        [
            "sub SUBSCRIBE news sport", "pub PUBLISH news first", "pub PUBLISH other nobody",
            "sub PSUBSCRIBE n* *t", "pub PUBLISH news second", "pub PUBLISH sport third",
            "sub SUBSCRIBE news", "pub PUBSUB NUMSUB news x", "pub PUBSUB NUMPAT", "sub UNSUBSCRIBE news",
            "pub PUBLISH news fourth", "sub PUNSUBSCRIBE", "sub PING hello", "pub PUBLISH sport fifth",
            "sub UNSUBSCRIBE", "sub UNSUBSCRIBE", "sub PUNSUBSCRIBE nosuch", "sub SUBSCRIBE a b c",
            "sub UNSUBSCRIBE b nosuch a", "pub PUBLISH c sixth", "pub PUBLISH a nobody", "sub GET key",
        ];
        using var redisSubscriber = new ReplyPipe(_pair.Redis.Port);
        using var redisPublisher = new ReplyPipe(_pair.Redis.Port);
        using var hedgeSubscriber = new ReplyPipe(_pair.Hedge.Port);
        using var hedgePublisher = new ReplyPipe(_pair.Hedge.Port);
        redisSubscriber.Run($"HELLO {protocol}");
        hedgeSubscriber.Run($"HELLO {protocol}");
        foreach (string step in steps)
        {
            byte[][][] request = [CommandLine.Split(step[4..])];
            if (step.StartsWith("pub", StringComparison.Ordinal))
            {
                string expected = ReplyReader.Show(redisPublisher.RunAll(request)[0]);
                Assert.That(ReplyReader.Show(hedgePublisher.RunAll(request)[0]), Is.EqualTo(expected), step);
            }
            else
            {
                redisSubscriber.Send(request);
                hedgeSubscriber.Send(request);
            }

            // Redis has sent everything before the answer to this; Hedge must send the same in its own time.
            redisSubscriber.Send([CommandLine.Split("PING end-of-step")]);
            byte[] reply;
            while (!IsEndOfStep(reply = redisSubscriber.Next()))
                Assert.That(
                    ReplyReader.Show(hedgeSubscriber.Next()), Is.EqualTo(ReplyReader.Show(reply)), step);
            hedgeSubscriber.Send([CommandLine.Split("PING end-of-step")]);
            Assert.That(ReplyReader.Show(hedgeSubscriber.Next()), Is.EqualTo(ReplyReader.Show(reply)), step);
        }
    }

    private static bool IsEndOfStep(byte[] reply) => reply.AsSpan().IndexOf("end-of-step"u8) >= 0;

    private static List<string> Iterate(ReplyPipe pipe, string options)
    {
        var keys = new List<string>();
        string cursor = "0";
        for (int calls = 0; calls < 20_000; calls++)
        {
            string[] parts = Encoding.Latin1.GetString(pipe.Run($"SCAN {cursor}{options}")).Split("\r\n");
            Assert.That(parts[0], Is.EqualTo("*2"), string.Join('|', parts));
            cursor = parts[2];
            for (int i = 5; i < parts.Length; i += 2) keys.Add(parts[i]);
            if (cursor == "0") return keys;
        }

        throw new TimeoutException("the iteration does not end");
    }
}
