using NUnit.Framework;

namespace Hedge.Tests.Commands.Bitmaps;

/// <summary>All operations of BITOP beside a model that counts bit by bit: those of Redis 8.2 have no
/// oracle.</summary>
[TestFixture(false)]
[TestFixture(true)]
[Category("fast")]
public sealed class BitOpModelTests(bool missesFirst)
{
    private static readonly string[] Operations =
        ["AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"];

    [Test]
    public void Results_are_those_of_a_model()
    {
        var random = new Random(TestContext.CurrentContext.Random.Next());
        for (int round = 0; round < 400; round++)
        {
            using var hedge = new CommandHarness(missesFirst);
            string operation = Operations[round % Operations.Length];
            bool needsTwo = operation is "DIFF" or "DIFF1" or "ANDOR";
            int sources = operation == "NOT" ? 1 : (needsTwo ? 2 : 1) + random.Next(4);
            byte[][] values = new byte[sources][];
            string target = random.Next(2) == 0 ? "k0" : "target";
            List<byte[]> request = [Word("BITOP"), Word(operation), Word(target)];
            for (int i = 0; i < sources; i++)
            {
                values[i] = new byte[random.Next(3) == 0 ? 0 : random.Next(200)];
                random.NextBytes(values[i]);
                if (values[i].Length > 0) hedge.Execute([Word("SET"), Word($"k{i}"), values[i]]);
                request.Add(Word($"k{i}"));
            }

            byte[] expected = Model(operation, values);
            string context = $"round {round}: {operation} of {sources}";
            byte[] reply = hedge.Execute([.. request]);
            Assert.That(reply, Is.EqualTo(Word($":{expected.Length}\r\n")), context);
            byte[] found = hedge.Execute([Word("GET"), request[2]]);
            byte[] wanted = expected.Length == 0 ? Word("$-1\r\n")
                : [.. Word($"${expected.Length}\r\n"), .. expected, .. Word("\r\n")];
            Assert.That(found, Is.EqualTo(wanted), context);
        }
    }

    [TestCase("BITOP DIFF t a")]
    [TestCase("BITOP diff1 t a")]
    [TestCase("BITOP ANDOR t a")]
    public void Operations_of_a_first_key_need_another(string line)
    {
        using var hedge = new CommandHarness(missesFirst);
        hedge.Run("SET t 1");
        Assert.That(hedge.Run(line),
            Is.EqualTo("-ERR BITOP DIFF, DIFF1 and ANDOR need two source keys or more.\r\n"));
        Assert.That(hedge.Run("GET t"), Is.EqualTo("$1\r\n1\r\n"));
        Assert.That(hedge.Run("BITOP ONE t nokey"), Is.EqualTo(":0\r\n"));
        Assert.That(hedge.Run("EXISTS t"), Is.EqualTo(":0\r\n"));
    }

    /// <summary>The result, bit by bit.</summary>
    internal static byte[] Model(string operation, byte[][] values)
    {
        byte[] result = new byte[values.Max(value => value.Length)];
        for (int at = 0; at < result.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                int set = values.Count(value => Has(value, at, bit));
                bool first = Has(values[0], at, bit);
                int others = set - (first ? 1 : 0);
                bool isSet = operation switch
                {
                    "AND" => set == values.Length,
                    "OR" => set > 0,
                    "XOR" => set % 2 == 1,
                    "NOT" => !first,
                    "DIFF" => first && others == 0,
                    "DIFF1" => !first && others > 0,
                    "ANDOR" => first && others > 0,
                    _ => set == 1,
                };
                if (isSet) result[at] |= (byte)(1 << bit);
            }
        }

        return result;
    }

    private static bool Has(byte[] value, int at, int bit) =>
        at < value.Length && (value[at] & (1 << bit)) != 0;

    private static byte[] Word(string text) => System.Text.Encoding.Latin1.GetBytes(text);
}
