using System.Globalization;
using System.Numerics;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

[TestFixture]
[Category("diff")]
public sealed class StringOracleTests : OracleFixture
{
    [Test]
    public void Ranges_are_those_of_redis()
    {
        var commands = new List<byte[][]> { CommandLine.Split("MSET s \"This is a string\" e \"\"") };
        string[] offsets =
            ["0", "1", "-1", "3", "-3", "15", "16", "100", "-100", "-16", "-17", "9223372036854775807",
            "-9223372036854775808"];
        foreach (string start in offsets)
        {
            foreach (string end in offsets)
            {
                foreach (string key in (string[])["s", "e", "none"])
                {
                    commands.Add(CommandLine.Split($"GETRANGE {key} {start} {end}"));
                    commands.Add(CommandLine.Split($"BITCOUNT {key} {start} {end}"));
                    commands.Add(CommandLine.Split($"BITCOUNT {key} {start} {end} BIT"));
                    foreach (int bit in (int[])[0, 1])
                    {
                        commands.Add(CommandLine.Split($"BITPOS {key} {bit} {start}"));
                        commands.Add(CommandLine.Split($"BITPOS {key} {bit} {start} {end}"));
                        commands.Add(CommandLine.Split($"BITPOS {key} {bit} {start} {end} bit"));
                    }
                }
            }
        }

        Same(commands);
    }

    [Test]
    public void Lcs_of_random_strings_is_that_of_redis([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var commands = new List<byte[][]>();
        for (int i = 0; i < 150; i++)
        {
            foreach (string key in (string[])["a", "b"])
            {
                byte[] value = new byte[random.Next(40)];
                for (int j = 0; j < value.Length; j++) value[j] = (byte)('a' + random.Next(3));
                commands.Add([Bytes("SET"), Bytes(key), value]);
            }

            commands.Add(CommandLine.Split("LCS a b"));
            commands.Add(CommandLine.Split($"LCS a b IDX WITHMATCHLEN MINMATCHLEN {random.Next(4)}"));
        }

        Same(commands);
    }

    [Test]
    public void Incrbyfloat_corner_cases_are_those_of_redis()
    {
        string[] numbers =
        [
            "0", "-0", "0.0", "1", "-1", "0.1", "0.2", "10.50", "5.0e3", "2.0e2", "1e17", "1e18", "1e19",
            "1e20", "1e-17", "5e-18", "4.9e-18", "1.5e-17", "2.5e-17", "-5e-18", "-4e-18", "1e-4000",
            "1e-4950", "1e-4951", "3e-4951", "1e-5000", "0e9999999999", "1e4932", "1.1897e4932", "1.19e4932",
            "1e4933", "-1e4932", "1e99999999999", "inf", "-inf", "+Infinity", "nan", "nan(1)", " 1", "1 ", "",
            ".", "1.", ".5", "+.5", "-.5e1", "1e", "1e+", "e5", "0x", "0x1", "0x1p4", "0X.8P1", "0x1p",
            "0x1p-16445", "0x1p-16446", "0x1.8p-16446", "0x1p16383", "0x1p16384", "0xffffffffffffffff",
            "0x1ffffffffffffffff", "18446744073709551615", "18446744073709551616", "18446744073709551617",
            "36893488147419103233", "123456789012345678901234567890.12345678901234567890", "9007199254740993",
            "0.30000000000000000001", "1_000", "1,5", "--1", "+-1", "3.0000000000000000000000000001", "1\\0",
            "0.000000000000000005", "0.000000000000000015", "99999999999999999999.99999999999999999",
        ];
        var commands = new List<byte[][]>();
        foreach (string first in numbers)
        {
            foreach (string second in numbers)
            {
                commands.Add([Bytes("SET"), Bytes("f"), Bytes(first)]);
                commands.Add([Bytes("INCRBYFLOAT"), Bytes("f"), Bytes(second)]);
            }
        }

        Same(commands);
    }

    [Test]
    public void Incrbyfloat_of_random_pairs_is_that_of_redis([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var commands = new List<byte[][]>();
        for (int i = 0; i < 4000; i++)
        {
            commands.Add([Bytes("SET"), Bytes("f"), Bytes(Number(random))]);
            commands.Add([Bytes("INCRBYFLOAT"), Bytes("f"), Bytes(Number(random))]);
            commands.Add([Bytes("INCRBYFLOAT"), Bytes("f"), Bytes(Number(random))]);
        }

        Same(commands);
    }

    private static string Number(Random random)
    {
        string sign = random.Next(2) == 0 ? "-" : "";
        string digits = BigInteger.Abs(new BigInteger(Enumerable.Range(0, random.Next(1, 14))
            .Select(_ => (byte)random.Next(256)).ToArray())).ToString(CultureInfo.InvariantCulture);
        int exponent = random.Next(4) == 0 ? random.Next(-60, 60) : random.Next(-30, 3);
        double fraction = random.NextDouble() * Math.Pow(10, random.Next(-8, 18));
        return random.Next(3) switch
        {
            0 => $"{sign}{digits}e{exponent}",
            1 => $"{sign}{digits.Insert(random.Next(digits.Length), ".")}",
            _ => sign + fraction.ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
