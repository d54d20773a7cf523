using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Bitmaps;

[TestFixture]
[Category("diff")]
public sealed class BitmapOracleTests : OracleFixture
{
    [Test]
    public void Single_bits_are_those_of_redis() => Same(
        "SETBIT a 7 1", "GET a", "SETBIT a 7 1", "SETBIT a 7 0", "SETBIT a 100 0", "STRLEN a", "SETBIT a -1 1",
        "SETBIT a 4294967296 1", "SETBIT a x 1", "SETBIT a 1 2", "SETBIT a 1 x", "SETBIT a 1 -1", "GETBIT a 0", "GETBIT a 100",
        "GETBIT a 1000", "GETBIT none 0", "GETBIT a -1", "GETBIT a 4294967295", "GETBIT a 4294967296", "GETBIT a #1",
        "SETBIT a #1 1");

    [Test]
    public void Counts_and_positions_with_wrong_arguments_are_those_of_redis() => Same(
        "SET a \"\\xff\\xf0\\x00\"", "SET f \"\\xff\\xff\"", "SET z \"\\x00\\x00\"", "BITCOUNT a", "BITCOUNT a 0",
        "BITCOUNT a 0 -1", "BITCOUNT a 0 -1 BYTE", "BITCOUNT a 0 -1 BIT", "BITCOUNT a 0 -1 X", "BITCOUNT a x 1",
        "BITCOUNT a -1 -2 X", "BITCOUNT none x y", "BITCOUNT a 0 1 BIT x", "BITCOUNT a 3 9 BIT", "BITPOS a 0", "BITPOS a 1",
        "BITPOS a 2", "BITPOS a x", "BITPOS none 1", "BITPOS none 0", "BITPOS none 0 x", "BITPOS f 0", "BITPOS f 0 0",
        "BITPOS f 0 0 -1", "BITPOS f 0 1", "BITPOS f 0 2", "BITPOS z 1", "BITPOS a 0 0 -1 X", "BITPOS a 0 x 1",
        "BITPOS a 0 0 x", "BITPOS a 0 0 x X", "BITPOS a 0 x 0 X", "BITPOS a 0 0 1 BIT x", "BITPOS f 0 3 9 BIT", "BITPOS a 0 3 -1 BIT", "BITCOUNT a x 1 X",
        "BITCOUNT a 0 1 2 3");

    [Test]
    public void Operations_on_whole_strings_are_those_of_redis() => Same(
        "SET a \"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789\"", "SET b \"\\x0f\\xf0\\x55\"",
        "SET c \"0123456789012345678901234567890123456789\"", "BITOP AND r a b c", "GET r", "BITOP OR r a b c", "GET r",
        "BITOP XOR r a b c", "GET r", "BITOP NOT r a", "GET r", "BITOP NOT r a b", "BITOP nand r a", "BITOP AND r a none",
        "GET r", "BITOP OR r none none", "GET r", "BITOP OR r none", "BITOP XOR a a a", "GET a", "BITOP AND b b c",
        "GET b", "BITOP AND r", "BITOP NOT c c", "GET c", "SET r 1 EX 100", "BITOP NOT r c", "SET e \"\"", "BITOP NOT r e",
        "GET r");

    [Test]
    public void Bitfields_are_those_of_redis() => Same(
        "BITFIELD a", "GET a", "BITFIELD a GET u8 0", "GET a", "BITFIELD a SET u8 0 255 GET u8 0", "BITFIELD a INCRBY u8 0 1",
        "BITFIELD a OVERFLOW SAT SET u8 0 300 INCRBY u8 0 10", "BITFIELD a OVERFLOW FAIL INCRBY u8 0 1 GET u8 0",
        "BITFIELD a OVERFLOW fail SET i8 0 200 overflow WRAP SET i8 0 200", "BITFIELD a OVERFLOW x GET u8 0",
        "BITFIELD a OVERFLOW", "BITFIELD a GET u64 0", "BITFIELD a GET i65 0", "BITFIELD a GET i0 0", "BITFIELD a GET x8 0",
        "BITFIELD a GET u8", "BITFIELD a SET u8 0", "BITFIELD a SET u8 0 x", "BITFIELD a GET u8 #1", "BITFIELD a SET u8 #1 7",
        "BITFIELD a GET u8 -1", "BITFIELD a GET u8 4294967296", "BITFIELD a GET u8 4294967295", "BITFIELD a GET i64 3",
        "BITFIELD a SET i64 3 -9223372036854775808 GET i64 3 INCRBY i64 3 -1", "BITFIELD a OVERFLOW SAT INCRBY i64 3 1",
        "BITFIELD n OVERFLOW FAIL SET u2 100 9", "STRLEN n", "BITFIELD_RO a GET u8 0 GET i5 100", "BITFIELD_RO a SET u8 0 1",
        "BITFIELD_RO a OVERFLOW SAT GET u8 0", "BITFIELD_RO none GET u8 0", "BITFIELD_RO a INCRBY u8 0",
        "BITFIELD a OVERFLOW SAT SET i8 0 -9223372036854775808 SET i8 0 9223372036854775807 GET i8 0", "GET a",
        "BITFIELD a GET u63 #1000000", "BITFIELD a SET u8 #9223372036854775807 1", "BITFIELD a foo");

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
                string type = (signed ? "i" : "u") + random.Next(1, signed ? 65 : 64).ToString(CultureInfo.InvariantCulture);
                string offset = (random.Next(4) == 0 ? "#" : "") + random.Next(40).ToString(CultureInfo.InvariantCulture);
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
