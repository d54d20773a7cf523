using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Bitmaps;

[TestFixture]
[Category("diff")]
public sealed class BitmapOracleTests : OracleFixture
{
    [Test]
    public void Random_bitfields_are_those_of_redis([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        string[] overflows = ["WRAP", "SAT", "FAIL"];
        var commands = new List<byte[][]>();
        for (int i = 0; i < 2000; i++)
        {
            var words = new List<string> { "BITFIELD", random.Next(30) == 0 ? "new" + i : "a" };
            for (int j = random.Next(1, 6); j > 0; j--)
            {
                if (random.Next(3) == 0) words.AddRange(["OVERFLOW", overflows[random.Next(3)]]);
                bool signed = random.Next(2) == 0;
                string type = (signed ? "i" : "u")
                    + random.Next(1, signed ? 65 : 64).ToString(CultureInfo.InvariantCulture);
                string offset = (random.Next(4) == 0 ? "#" : "")
                    + random.Next(40).ToString(CultureInfo.InvariantCulture);
                long operand = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
                int kind = random.Next(3);
                words.AddRange([kind == 0 ? "GET" : kind == 1 ? "SET" : "INCRBY", type, offset]);
                if (kind > 0) words.Add(operand.ToString(CultureInfo.InvariantCulture));
            }

            commands.Add(words.ConvertAll(Bytes).ToArray());
            commands.Add(CommandLine.Split("GET a"));
        }

        Same(commands);
    }

    [Test]
    public void Random_bit_ranges_are_those_of_redis([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var commands = new List<byte[][]>();
        for (int i = 0; i < 1500; i++)
        {
            byte[] value = new byte[random.Next(1, 100)];
            int kind = random.Next(3);
            if (kind == 0) random.NextBytes(value);
            else if (kind == 1) Array.Fill(value, (byte)0xFF);
            if (random.Next(2) == 0) value[random.Next(value.Length)] ^= (byte)(1 << random.Next(8));
            commands.Add([Bytes("SET"), Bytes("a"), value]);
            string unit = random.Next(2) == 0 ? "BIT" : "BYTE";
            int span = unit == "BIT" ? value.Length * 8 + 4 : value.Length + 2;
            string range = $"{random.Next(-span, span)} {random.Next(-span, span)} {unit}";
            commands.Add(CommandLine.Split($"BITCOUNT a {range}"));
            commands.Add(CommandLine.Split($"BITPOS a {random.Next(2)} {range}"));
            commands.Add(CommandLine.Split($"BITPOS a {random.Next(2)} {random.Next(-span, span)}"));
        }

        Same(commands);
    }
}
