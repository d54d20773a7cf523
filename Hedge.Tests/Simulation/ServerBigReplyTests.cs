using System.Globalization;
using System.Text;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Replies that are sent as they are read: each shows one moment, whatever others do to the key, in
/// its place among the client's other replies.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerBigReplyTests
{
    private static readonly string[] Reads =
    [
        "LRANGE list 0 -1", "LRANGE list 7 -5", "HGETALL hash", "HKEYS hash", "HVALS hash", "SMEMBERS set",
        "ZRANGE zset 0 -1 WITHSCORES", "ZREVRANGE zset 0 -1", "ZRANGEBYSCORE zset 3 20 WITHSCORES",
        "ZRANGE zset 2 -2 REV", "XRANGE stream - +", "XREVRANGE stream + -",
    ];

    [Test]
    public void A_reply_shows_the_moment_of_its_command_while_others_write()
    {
        int sent = 0;
        foreach (ulong seed in SimCounts.Seeds(60))
        {
            Random random = new((int)seed);
            SimWorld world = new(seed, Options(seed));
            try
            {
                world.Start();
                SimRequester writer = new(world, random.Next(world.Options.Cores));
                SimRequester reader = new(world, random.Next(world.Options.Cores));
                BigModel model = new(random);
                if (seed % 2 == 0) Assert.That(reader.Call("HELLO 3"), Does.Contain("proto"));
                for (int round = 0; round < 6; round++)
                {
                    for (int i = 0; i < 12; i++) model.Write(writer);
                    if (random.Next(3) == 0) writer.Call("BGSAVE");
                    string read = Reads[random.Next(Reads.Length)];
                    string[] expected = model.Answer(read, seed % 2 == 0 ? 3 : 2);
                    Send(reader, "ECHO before", read, "ECHO after", "EXISTS list");
                    sent += Await(world);
                    for (int i = random.Next(6); i > 0; i--) model.Disturb(writer);
                    string context = $"seed {seed}, round {round}: {read}";
                    Assert.That(reader.Read(), Is.EqualTo("$6\r\nbefore\r\n"u8.ToArray()), context);
                    BigModel.Check(expected, Encoding.Latin1.GetString(reader.Read()), context);
                    Assert.That(reader.Read(), Is.EqualTo("$5\r\nafter\r\n"u8.ToArray()), context);
                    Assert.That(reader.Read()[0], Is.EqualTo((byte)':'), context);
                }

                Assert.That(world.Server!.Cores.Sum(core => core.Loop.BigReplies.Count), Is.Zero);
            }
            finally
            {
                world.Dispose();
            }
        }

        Assert.That(sent, Is.GreaterThan(100));
    }

    // True (1) when the reply has begun; the command has run in any case, or is being read for.
    private static int Await(SimWorld world)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (world.Server!.Cores.Exists(core => core.Loop.BigReplies.Count > 0)) return 1;
            world.Step();
        }

        return 0;
    }

    private static void Send(SimRequester client, params string[] lines)
    {
        StringBuilder all = new();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            all.Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
            foreach (string word in words)
                all.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");
        }

        client.Send(Encoding.Latin1.GetBytes(all.ToString()));
    }

    private static SimServerOptions Options(ulong seed) => new()
    {
        Cores = 1 << (int)(seed % 3),
        Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        NodeBytes = 128,
        BigReplyBytes = 64,
        MemtableBytes = seed % 4 == 0 ? 64 * 1024 : 4096,
    };
}
