using System.Globalization;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

/// <summary>Random sequences of the string and bitmap commands, compared with Redis: replies, then values and
/// expiries; and their keyspace events.</summary>
[TestFixture]
[Category("diff")]
public sealed class RandomCommandsOracleTests : OracleFixture
{
    private const int CommandsPerSequence = 4000;

    private static readonly List<CommandSpec> Specs = AllCommands.Table().Commands.Select(c => c.Spec)
        .Where(spec => spec.Group is "string" or "bitmap" or "hyperloglog" && spec.Name != "PFSELFTEST")
        .Where(spec => Version.Parse(spec.Since) < new Version(7, 1))
        .ToList();

    [Test]
    public void Random_sequences_get_the_same_replies([Values(1, 2, 3, 4, 5, 6)] int seed)
    {
        Reset(protocol: seed % 2 == 0 ? 3 : 2, missesFirst: seed % 3 == 0);
        var random = new Random(seed);
        var generator = new SyntaxGenerator(random);
        var history = new List<string>();
        for (int i = 0; i < CommandsPerSequence; i++)
        {
            byte[][] command = Next(generator, random);
            history.Add(CommandLine.Join(command));
            if (!SameReply(command, out string difference))
                Assert.Fail($"seed {seed}, after\n{string.Join('\n', history.TakeLast(12))}\n{difference}");
        }

        foreach (string key in generator.Keys)
        {
            Assert.That(SameReply([Bytes("GET"), Bytes(key)], out string difference), difference);
            Hedge.Databases[0].TryPeek(Bytes(key), out Storage.Records.Record record);
            if (Hedge.Databases.Missed || !record.Exists) continue;
            long expiry = long.Parse(Redis.Run($"PEXPIRETIME {key}")[1..^2], CultureInfo.InvariantCulture);
            Assert.That(record.ExpireAt == 0 ? -1 : record.ExpireAt, Is.EqualTo(expiry).Within(1000), key);
        }
    }

    [Test]
    public void Random_commands_raise_the_same_keyspace_events([Values(1, 2)] int seed)
    {
        Reset(protocol: 3);
        Redis.Run("CONFIG SET notify-keyspace-events Eg$");
        Redis.Run("PSUBSCRIBE __keyevent@0__:*");
        var random = new Random(seed);
        var generator = new SyntaxGenerator(random) { WrongShare = 0.02 };
        for (int i = 0; i < 3000; i++)
        {
            byte[][] command = Next(generator, random);
            Hedge.Databases.NowMilliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            Hedge.Events.Clear();
            Hedge.Execute(command);
            // Of class x, which is left out: when redis-server sends it depends on its cycle.
            var events = Hedge.Events.Where(e => !e.StartsWith("expired ", StringComparison.Ordinal));
            Assert.That(events, Is.EqualTo(EventsOf(command)), $"seed {seed}: {CommandLine.Join(command)}");
        }

        Redis.Run("PUNSUBSCRIBE");
        Redis.Run("CONFIG SET notify-keyspace-events \"\"");
    }

    // A request without a lifetime so short that a key might expire on one side before it does on the other.
    private static byte[][] Next(SyntaxGenerator generator, Random random)
    {
        while (true)
        {
            CommandSpec spec = Specs[random.Next(Specs.Count)];
            byte[][] command = generator.Next(spec);
            int first = spec.Name switch
            {
                "SET" => 4,
                "SETEX" or "PSETEX" or "GETEX" => 2,
                _ => int.MaxValue,
            };
            bool isShort = command.Skip(first).Any(
                word => Numbers.TryParseInt64(word, out long n) && n is > 0 and < 1000);
            if (!isShort || command.Any(word => AsciiText.EqualsIgnoreCase(word, "EXAT"u8))) return command;
        }
    }

    // The replies to the command and to a PING after it, with the events as push messages between them.
    private List<string> EventsOf(byte[][] command)
    {
        var events = new List<string>();
        Redis.Send(command);
        Redis.Send([Bytes("PING")]);
        for (int replies = 0; replies < 2;)
        {
            byte[] reply = Redis.Receive();
            if (reply[0] != '>')
            {
                replies++;
                continue;
            }

            string[] parts = System.Text.Encoding.Latin1.GetString(reply).Split("\r\n");
            events.Add($"{parts[6].Split(':', 2)[1]} {parts[8]}");
        }

        return events;
    }
}
