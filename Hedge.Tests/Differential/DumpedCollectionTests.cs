using System.Text;
using Hedge.Storage.Records;
using Hedge.Tests.Commands;
using Hedge.Tests.Commands.Keys.Payloads;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>DUMP and RESTORE of collections: each server reads what the other writes, old encodings too, with
/// small memory and nodes on disk.</summary>
[TestFixture]
[Category("diff")]
public sealed class DumpedCollectionTests
{
    private static readonly RecordType[] Types =
        [RecordType.List, RecordType.Set, RecordType.SortedSet, RecordType.Hash];

    [Test]
    public async Task Each_server_restores_what_the_other_dumps([ValueSource(nameof(Types))] RecordType type)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"), ("memtable-bytes", "64kb"));
        using var redisPipe = new ReplyPipe(pair.Redis.Port);
        using var hedgePipe = new ReplyPipe(pair.Hedge.Port);
        var redis = new ServerCollections(words => redisPipe.RunAll([words])[0]);
        var hedge = new ServerCollections(words => hedgePipe.RunAll([words])[0]);
        foreach (int count in (int[])[1, 2, 3, 20, 127, 128, 129, 300, 511, 512, 513, 5000])
        {
            for (int shape = 0; shape < 4; shape++)
            {
                redis.Make(type, count, shape, random);
                byte[] payload = redis.Dump("k");
                Assert.That(hedge.Restore("k", payload), Is.EqualTo("+OK\r\n"));
                Same(redis, hedge, "k", type, payload);
                byte[] again = hedge.Dump("k");
                Assert.That(redis.Restore("l", again), Is.EqualTo("+OK\r\n"));
                Assert.That(redis.Shown("l", type), Is.EqualTo(redis.Shown("k", type)));
                // What has an order has the same bytes.
                if (type is RecordType.List or RecordType.SortedSet || payload[0] == 11)
                    Assert.That(Convert.ToHexString(again), Is.EqualTo(Convert.ToHexString(payload)));
                if (count > 300) continue;
                byte[] old = OldPayloads.Write(CollectedElements.Read(payload)!, type, random);
                Assert.That(redis.Restore("old", old), Is.EqualTo("+OK\r\n"));
                Assert.That(hedge.Restore("old", old), Is.EqualTo("+OK\r\n"));
                Same(redis, hedge, "old", type, old);
            }
        }
    }

    [Test]
    public async Task Replies_events_and_counters_are_the_same()
    {
        using ServerPair pair = await ServerPair.StartAsync(("cores", "2"));
        using var redisPipe = new ReplyPipe(pair.Redis.Port);
        redisPipe.Run("RPUSH k a b c");
        byte[] payload = new ServerCollections(words => redisPipe.RunAll([words])[0]).Dump("k");
        redisPipe.Run("DEL k");
        string[] lines =
        [
            "RESTORE k 0 @", "RESTORE k 0 @", "RESTORE k 0 @ REPLACE", "RESTORE k 100000 @ REPLACE",
            "TTL k",
            "SET s x", "RESTORE s 0 @", "RESTORE s 0 @ REPLACE", "LRANGE s 0 -1", "TTL s",
            "RESTORE s 1000 @ REPLACE ABSTTL", "EXISTS s", "RESTORE t 4102444800000 @ ABSTTL",
            "PEXPIRETIME t",
            "LPUSH t x", "LLEN t", "TYPE t", "DUMP nosuch", "DUMP k", "RESTORE u 0 @ IDLETIME 100",
            "OBJECT ENCODING u", "MULTI", "RESTORE v 0 @", "RPOP v", "DUMP v", "EXEC", "RESTORE w -1 @",
        ];
        using var effectsOfRedis = new EffectProbe(pair.Redis.Port);
        using var effectsOfHedge = new EffectProbe(pair.Hedge.Port);
        using var hedgePipe = new ReplyPipe(pair.Hedge.Port);
        foreach (string line in lines)
        {
            byte[][] words =
                [.. line.Split(' ').Select(w => w == "@" ? payload : Encoding.ASCII.GetBytes(w))];
            byte[] expected = redisPipe.RunAll([words])[0], actual = hedgePipe.RunAll([words])[0];
            if (!line.StartsWith("TTL", StringComparison.Ordinal))
                Assert.That(ReplyReader.Show(actual), Is.EqualTo(ReplyReader.Show(expected)), line);
            (List<string> Events, SortedDictionary<string, long> Changes) before = effectsOfRedis.Take();
            (List<string> Events, SortedDictionary<string, long> Changes) here = effectsOfHedge.Take();
            Assert.That(here.Events, Is.EqualTo(before.Events), line);
            Assert.That(here.Changes, Is.EqualTo(before.Changes), line);
        }
    }

    private static void Same(ServerCollections redis, ServerCollections hedge, string key, RecordType type,
        byte[] payload)
    {
        string shown = Convert.ToHexString(payload.AsSpan(0, Math.Min(payload.Length, 1000)));
        Assert.That(hedge.Shown(key, type), Is.EqualTo(redis.Shown(key, type)), shown);
        Assert.That(hedge.Encoding(key), Is.EqualTo(redis.Encoding(key)), shown);
    }
}
