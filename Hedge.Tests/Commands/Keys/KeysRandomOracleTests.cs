using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

/// <summary>Long random sequences of the generic commands over few keys and databases, in step with
/// redis-server.</summary>
[TestFixture]
[Category("diff")]
public sealed class KeysRandomOracleTests : OracleFixture
{
    private const int Rounds = 8000;

    private static readonly string[] Names = ["a", "b", "c", "key:1", "key:2", ""];
    private static readonly string[] Conditions =
        ["", "", "NX", "XX", "GT", "LT", "gt XX", "LT xx", "NX GT", "x"];
    private static readonly string[] Odd = ["", "-1", "x", "REPLACE", "9223372036854775807", "DB", "NX", "0"];

    [TearDown]
    public void ReturnToTheFirstDatabase() => Redis.Run("SELECT 0");

    [TestCase(2, false)]
    [TestCase(3, true)]
    public void Random_sequences_answer_as_redis_does(int protocol, bool misses)
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        Reset(protocol, misses);
        var before = new Queue<string>();
        Select(0, before);
        for (int i = 0; i < Rounds; i++)
        {
            if (random.Next(20) == 0) Select(random.Next(3), before);
            byte[][] command = Command(random);
            if (!SameReply(command, out string difference) && !WithinTolerance(command))
                Assert.Fail($"RESP{protocol}, seed {seed}, after\n{string.Join('\n', before)}\n{difference}");
            before.Enqueue(CommandLine.Join(command));
            if (before.Count > 40) before.Dequeue();
        }
    }

    private void Select(int database, Queue<string> before)
    {
        Redis.Run($"SELECT {database}");
        Hedge.Session.Database = database;
        before.Enqueue($"SELECT {database}");
    }

    // The clocks of the two sides differ by some milliseconds. Asks again and compares as numbers.
    private bool WithinTolerance(byte[][] command)
    {
        string name = Encoding.ASCII.GetString(command[0]);
        if (name is not ("TTL" or "PTTL" or "EXPIRETIME" or "PEXPIRETIME")) return false;
        Hedge.Databases.NowMilliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        byte[] expected = Redis.Execute(command);
        byte[] actual = Hedge.Execute(command);
        if (expected[0] != ':' || actual[0] != ':') return false;
        return Math.Abs(Number(expected) - Number(actual)) <= (name[0] == 'P' ? 2000 : 2);
    }

    private static long Number(byte[] reply) =>
        long.Parse(Encoding.ASCII.GetString(reply).AsSpan(1).Trim(), CultureInfo.InvariantCulture);

    private static byte[][] Command(Random random)
    {
        string Key() => "\"" + Names[random.Next(Names.Length)] + "\"";
        string Maybe(string words) => random.Next(2) == 0 ? words : "";
        string Condition() => Conditions[random.Next(Conditions.Length)];
        string Database() => random.Next(-1, 4).ToString(CultureInfo.InvariantCulture);
        string line = random.Next(26) switch
        {
            0 or 1 or 2 => $"SET {Key()} {random.Next(-50, 12_000)}",
            3 => $"APPEND {Key()} {random.Next(100)}",
            4 => $"SET {Key()} text:{new string('x', random.Next(80))}",
            5 => $"DEL {Key()} {Key()} {Key()}",
            6 => $"UNLINK {Key()}",
            7 => $"EXISTS {Key()} {Key()}",
            8 => $"TOUCH {Key()} {Key()}",
            9 => $"TYPE {Key()}",
            10 => $"EXPIRE {Key()} {Time(random, 1)} {Condition()}",
            11 => $"PEXPIRE {Key()} {Time(random, 1000)} {Condition()}",
            12 => $"EXPIREAT {Key()} {4_102_444_800 + random.Next(3)} {Condition()}",
            13 => $"PEXPIREAT {Key()} {4_102_444_800_000 + random.Next(3000)} {Condition()}",
            14 => $"TTL {Key()}",
            15 => $"PTTL {Key()}",
            16 => $"EXPIRETIME {Key()}",
            17 => $"PEXPIRETIME {Key()}",
            18 => $"PERSIST {Key()}",
            19 => $"RENAME {Key()} {Key()}",
            20 => $"RENAMENX {Key()} {Key()}",
            21 => $"COPY {Key()} {Key()} {Maybe("DB " + Database())} {Maybe("REPLACE")}",
            22 => $"MOVE {Key()} {Database()}",
            23 => $"OBJECT ENCODING {Key()}",
            24 => $"DUMP {Key()}",
            _ => $"GET {Key()}",
        };
        var words = CommandLine.Split(line).ToList();
        if (random.Next(15) == 0) words = Restore(random, Names[random.Next(Names.Length)]);
        if (random.Next(20) == 0)
            words.Insert(random.Next(1, words.Count + 1), Bytes(Odd[random.Next(Odd.Length)]));
        if (random.Next(40) == 0 && words.Count > 1) words.RemoveAt(random.Next(1, words.Count));
        return [.. words];
    }

    // Far apart, so that clocks that differ a little compare alike.
    private static long Time(Random random, long unit) =>
        random.Next(12) == 0 ? -random.Next(2) : unit * (1000 + (random.NextInt64(1_000_000) * 100));

    private static List<byte[]> Restore(Random random, string key)
    {
        byte[] value = SampleValues.Next(random, 200);
        byte[] payload = new byte[value.Length + DumpWriter.OverheadBytesMax];
        payload = payload[..DumpWriter.WriteString(value, payload)];
        string time = random.Next(3) == 0 ? "4102444800000" : "0";
        List<byte[]> words = [Bytes("RESTORE"), Bytes(key), Bytes(time), payload, Bytes("ABSTTL")];
        if (random.Next(2) == 0) words.Add(Bytes("REPLACE"));
        return words;
    }
}
