using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Tests.Commands.Keys.Payloads;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>DUMP and RESTORE of streams with their groups: the same bytes where nothing was deleted, else the
/// same contents; damaged payloads are refused and never harm.</summary>
[TestFixture]
[Category("diff")]
public sealed class DumpedStreamTests
{
    [Test]
    public async Task Each_server_restores_the_streams_that_the_other_dumps()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"), ("memtable-bytes", "64kb"));
        using var redisPipe = new ReplyPipe(pair.Redis.Port);
        using var hedgePipe = new ReplyPipe(pair.Hedge.Port);
        var redis = new ServerCollections(words => redisPipe.RunAll([words])[0]);
        var hedge = new ServerCollections(words => hedgePipe.RunAll([words])[0]);
        foreach (int count in (int[])[1, 2, 99, 100, 101, 127, 128, 129, 700])
        {
            foreach (int most in (int[])[100, 0, 200])
            {
                redisPipe.Run($"CONFIG SET stream-node-max-entries {most}");
                hedgePipe.Run($"CONFIG SET stream-node-max-entries {most}");
                Make(redisPipe, count, random);
                byte[] payload = redis.Dump("k");
                Assert.That(hedge.Restore("k", payload), Is.EqualTo("+OK\r\n"));
                byte[] again = hedge.Dump("k");
                Assert.That(Convert.ToHexString(again), Is.EqualTo(Convert.ToHexString(payload)));
                for (int i = 0; i < count; i += random.Next(1, 4))
                    redisPipe.Run($"XDEL k {1000 + (i / 3)}-{(i % 3) + 1}");
                payload = redis.Dump("k");
                Assert.That(hedge.Restore("k", payload), Is.EqualTo("+OK\r\n"));
                Assert.That(redis.Restore("k", hedge.Dump("k")), Is.EqualTo("+OK\r\n"));
                byte[] first = hedge.Dump("k");
                Assert.That(hedge.Restore("l", redis.Dump("k")), Is.EqualTo("+OK\r\n"));
                Assert.That(Convert.ToHexString(hedge.Dump("l")), Is.EqualTo(Convert.ToHexString(first)));
                Damage(hedge, payload, random);
            }
        }

        Assert.That(Encoding.ASCII.GetString(hedgePipe.RunAll([["PING"u8.ToArray()]])[0]),
            Is.EqualTo("+PONG\r\n"));
    }

    private static void Make(ReplyPipe redis, int count, Random random)
    {
        redis.Run("DEL k");
        for (int i = 0; i < count; i++)
        {
            string fields = random.Next(4) == 0 ? $"a 1 c {new string('x', random.Next(1, 300))}"
                : $"a {random.Next(-5000, 5000)} b x{random.Next()}";
            redis.Run($"XADD k {1000 + (i / 3)}-{(i % 3) + 1} {fields}");
        }

        foreach (string group in (string[])["g", "ga", "z"])
        {
            redis.Run($"XGROUP CREATE k {group} 0");
            foreach (string consumer in (string[])["c", "cd"])
            {
                int most = random.Next(1, count + 1);
                redis.Run($"XREADGROUP GROUP {group} {consumer} COUNT {most} STREAMS k >");
            }
        }

        redis.Run("XGROUP CREATECONSUMER k g idle");
    }

    private static void Damage(ServerCollections hedge, byte[] payload, Random random)
    {
        int refused = 0;
        for (int i = 0; i < 30; i++)
        {
            byte[] damaged = OldPayloads.Spoil(payload, random);
            if (DumpReader.TypeOf(damaged) != Storage.Records.RecordType.Stream) continue;
            if (hedge.Restore("damaged", damaged) != "+OK\r\n") refused++;
            else hedge.Dump("damaged");
        }

        Assert.That(refused, Is.GreaterThan(0));
    }
}
