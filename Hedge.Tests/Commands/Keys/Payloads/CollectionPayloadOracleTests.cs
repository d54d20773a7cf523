using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Records;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys.Payloads;

/// <summary>Payloads of collections: those of redis-server are read, written again with the same bytes, and
/// restored by it; damaged ones are refused by both.</summary>
[TestFixture]
[Category("diff")]
public sealed class CollectionPayloadOracleTests : OracleFixture
{
    private static readonly RecordType[] Types =
        [RecordType.List, RecordType.Set, RecordType.SortedSet, RecordType.Hash];

    [Test]
    public void Payloads_of_redis_are_read_and_written_with_the_same_bytes(
        [ValueSource(nameof(Types))] RecordType type, [Values(0, 1, 2, 3)] int shape)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        Reset(protocol: 2);
        var redis = new ServerCollections(words => Redis.Execute(words));
        foreach (int count in (int[])[1, 2, 3, 10, 60, 127, 128, 129, 200, 511, 512, 513, 2000])
        {
            redis.Make(type, count, shape, random);
            byte[] payload = redis.Dump("k");
            CollectedElements? read = CollectedElements.Read(payload);
            Assert.That(read, Is.Not.Null, $"{count} elements: {Convert.ToHexString(payload)}");
            Assert.That(read!.Shown(type), Is.EqualTo(redis.Shown("k", type)), $"{count} elements");
            byte[] written = read.Write((DumpType)payload[0]);
            Assert.That(Convert.ToHexString(written), Is.EqualTo(Convert.ToHexString(payload)),
                $"{count} elements of type {payload[0]}");
            Assert.That(redis.Restore("other", written), Is.EqualTo("+OK\r\n"));
            Assert.That(redis.Shown("other", type), Is.EqualTo(redis.Shown("k", type)));
        }
    }

    [Test]
    public void Payloads_of_older_encodings_are_read_as_redis_reads_them()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        Reset(protocol: 2);
        var redis = new ServerCollections(words => Redis.Execute(words));
        for (int round = 0; round < 400; round++)
        {
            RecordType type = Types[random.Next(Types.Length)];
            redis.Make(type, random.Next(1, 40), random.Next(4), random);
            CollectedElements elements = CollectedElements.Read(redis.Dump("k"))!;
            byte[] payload = OldPayloads.Write(elements, type, random);
            string shown = $"type {payload[0]}: {Convert.ToHexString(payload)}";
            Assert.That(redis.Restore("old", payload), Is.EqualTo("+OK\r\n"), shown);
            CollectedElements? read = CollectedElements.Read(payload);
            Assert.That(read, Is.Not.Null, shown);
            Assert.That(read!.Shown(type), Is.EqualTo(redis.Shown("old", type)), shown);
        }
    }

    [Test]
    public void Damaged_payloads_are_refused_when_redis_refuses_them([Range(1, 8)] int part)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"part {part}, seed {seed}");
        var random = new Random(seed);
        Reset(protocol: 2);
        Redis.Run("CONFIG SET sanitize-dump-payload yes");
        var redis = new ServerCollections(words => Redis.Execute(words));
        int refused = 0;
        for (int round = 0; round < 600; round++)
        {
            RecordType type = Types[random.Next(Types.Length)];
            redis.Make(type, random.Next(1, 30), random.Next(3), random);
            byte[] payload = redis.Dump("k");
            if (random.Next(2) == 0)
                payload = OldPayloads.Write(CollectedElements.Read(payload)!, type, random);
            for (int i = 0; i < 10; i++)
            {
                byte[] damaged = OldPayloads.Spoil(payload, random);
                // This redis-server does not know the set of Redis 7.2.
                if (damaged[0] == (byte)DumpType.SetListpack) continue;
                RecordType? kind = DumpReader.TypeOf(damaged);
                if (kind is null or RecordType.Stream or RecordType.String) continue;
                CollectedElements? read = CollectedElements.Read(damaged);
                string reply = redis.Restore("damaged", damaged);
                string shown = $"seed {seed}, type {damaged[0]}: {Convert.ToHexString(damaged)} {reply}";
                if (read == null)
                {
                    refused++;
                    bool isExplained = reply != "+OK\r\n" || OldPayloads.MayDiffer(damaged);
                    Assert.That(isExplained, $"read by Redis: {shown}");
                }
                else
                {
                    Assert.That(reply, Is.EqualTo("+OK\r\n"), shown);
                    IEnumerable<string> expected = redis.Shown("damaged", kind.Value);
                    Assert.That(read.Shown(kind.Value), Is.EqualTo(expected), shown);
                }
            }
        }

        Assert.That(refused, Is.GreaterThan(500));
    }
}
