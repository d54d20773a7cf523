using System.Globalization;
using System.Numerics;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

[TestFixture]
[Category("diff")]
public sealed class StringOracleTests : OracleFixture
{
    [Test]
    public void Set_with_every_option_is_that_of_redis() => Same(
        "SET a 1", "GET a", "SET a 2 NX", "SET a 3 XX", "SET b 1 XX", "SET b 1 NX", "SET a 4 GET", "SET nokey 1 GET",
        "SET a 5 NX GET", "SET new 5 NX GET", "SET none 5 XX GET", "SET a 6 EX 100 KEEPTTL", "SET a 6 NX XX",
        "SET a 6 EX", "SET a 6 EX 0", "SET a 6 EX -1", "SET a 6 EX x", "SET a 6 PX 0", "SET a 6 EX 9223372036854775807",
        "SET a 6 EX 9223372036854775", "SET a 6 PX 9223372036854775807", "SET a 6 EX 10 EX 20", "SET a 6 EX 10 PX 20",
        "SET a 6 EXAT 1", "GET a", "SET a 7 PXAT 1000", "GET a", "SET a 8 EXAT 0", "SET a 8 PXAT -1",
        "SET a 8 EXAT 9223372036854775807", "SET a 8 EXAT 4102444800", "SET a 9 KEEPTTL", "SET a 9 KEEPTTL KEEPTTL GET",
        "SET a 9 PERSIST", "SET a 9 foo", "SET a", "SET a 1 get nx ex 100", "set a 1 Px 100000 xX gEt",
        "SET a 9 NX NX", "SET a 9 KEEPTTL PX 100000", "SET a \"\" GET", "SET a 6 EX 10 EX 0", "SET a 6 EX 0 EX 10");

    [Test]
    public void Getex_is_that_of_redis() => Same(
        "GETEX a", "SET a v", "GETEX a", "GETEX a EX 100", "GETEX a PERSIST", "GETEX a PERSIST EX 1", "GETEX a KEEPTTL",
        "GETEX a EX 0", "GETEX none EX 0", "GETEX none EX x", "GETEX a EX x", "GETEX a PX 100000", "GETEX a EXAT 1",
        "GETEX a", "SET a v", "GETEX a PXAT 1", "GET a", "GETEX a EX", "GETEX", "SET a v", "GETEX a PERSIST PERSIST",
        "GETEX a NX", "GETEX a GET", "GETEX a EX 10 PX 10");

    [Test]
    public void Short_forms_of_set_are_those_of_redis() => Same(
        "SETNX a 1", "SETNX a 2", "SETEX a 0 v", "SETEX a -1 v", "SETEX a x v", "SETEX a 100 v", "GET a", "PSETEX a 0 v",
        "PSETEX a 9223372036854775807 v", "PSETEX a 100000 w", "GETSET a x", "GETSET none y", "GETDEL a", "GETDEL a",
        "MSET a 1 b 2", "MSET a 1 b", "MSET", "MGET a b c a", "MSETNX a 1 z 2", "MSETNX x 1 y 2 x 3", "MGET x y z",
        "MSETNX x", "MSETNX x 1 y", "STRLEN x", "STRLEN none", "APPEND x abc", "APPEND n abc", "APPEND n \"\"",
        "APPEND m \"\"", "GET m", "STRLEN n");

    [Test]
    public void Ranges_are_those_of_redis()
    {
        var commands = new List<byte[][]> { CommandLine.Split("SET s \"This is a string\""), CommandLine.Split("SET e \"\"") };
        string[] offsets = ["0", "1", "-1", "3", "-3", "15", "16", "100", "-100", "-16", "-17", "9223372036854775807",
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
    public void Setrange_and_its_limits_are_those_of_redis() => Same(
        "SETRANGE a 0 \"\"", "SETRANGE a 5 x", "GET a", "SETRANGE a -1 x", "SETRANGE a x y", "SETRANGE a 536870911 ab",
        "SETRANGE a 536870912 a", "SETRANGE n 536870912 a", "SETRANGE n 536870912 \"\"", "SETRANGE a 9223372036854775807 x",
        "SETRANGE a 1 hello", "GET a", "SETRANGE a 0 \"\"", "GETRANGE a 0 x", "GETRANGE a x 0", "SUBSTR a 1 3");

    [Test]
    public void Counters_are_those_of_redis() => Same(
        "INCR a", "DECR a", "DECR a", "INCRBY a 10", "DECRBY a 3", "INCRBY a x", "DECRBY a -9223372036854775808",
        "SET m 9223372036854775807", "INCR m", "INCRBY m 1", "DECR m", "INCRBY m -9223372036854775808",
        "SET n -9223372036854775808", "DECR n", "DECRBY n 1", "INCRBY n -1", "INCRBY n 9223372036854775807", "SET s \" 1\"",
        "INCR s", "SET s \"\"", "INCR s", "SET s 01", "INCR s", "SET s -0", "INCR s", "SET s 1.0", "INCR s", "INCRBY a 1.5");

    [Test]
    public void Lcs_is_that_of_redis() => Same(
        "MSET k1 ohmytext k2 mynewtext", "LCS k1 k2", "LCS k1 k2 LEN", "LCS k1 k2 IDX", "LCS k1 k2 IDX MINMATCHLEN 4",
        "LCS k1 k2 IDX MINMATCHLEN 4 WITHMATCHLEN", "LCS k1 k2 IDX WITHMATCHLEN", "LCS k1 k2 IDX LEN", "LCS k1 k2 FOO",
        "LCS k1 k2 MINMATCHLEN", "LCS k1 k2 MINMATCHLEN x", "LCS k1 k2 IDX MINMATCHLEN -1", "LCS k1 none",
        "LCS none none IDX", "LCS none none LEN", "LCS k1 k1 IDX", "LCS k1", "LCS k1 k2 WITHMATCHLEN");

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
            "0", "-0", "0.0", "1", "-1", "0.1", "0.2", "10.50", "5.0e3", "2.0e2", "1e17", "1e18", "1e19", "1e20", "1e-17",
            "5e-18", "4.9e-18", "1.5e-17", "2.5e-17", "-5e-18", "-4e-18", "1e-4000", "1e-4950", "1e-4951", "3e-4951",
            "1e-5000", "0e9999999999", "1e4932", "1.1897e4932", "1.19e4932", "1e4933", "-1e4932", "1e99999999999", "inf",
            "-inf", "+Infinity", "nan", "nan(1)", " 1", "1 ", "", ".", "1.", ".5", "+.5", "-.5e1", "1e", "1e+", "e5", "0x",
            "0x1", "0x1p4", "0X.8P1", "0x1p", "0x1p-16445", "0x1p-16446", "0x1.8p-16446", "0x1p16383", "0x1p16384",
            "0xffffffffffffffff", "0x1ffffffffffffffff", "18446744073709551615", "18446744073709551616",
            "18446744073709551617", "36893488147419103233", "123456789012345678901234567890.12345678901234567890",
            "9007199254740993", "0.30000000000000000001", "1_000", "1,5", "--1", "+-1", "3.0000000000000000000000000001",
            "1\\0", "0.000000000000000005", "0.000000000000000015", "99999999999999999999.99999999999999999",
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
        return random.Next(3) switch
        {
            0 => $"{sign}{digits}e{exponent}",
            1 => $"{sign}{digits.Insert(random.Next(digits.Length), ".")}",
            _ => sign + (random.NextDouble() * Math.Pow(10, random.Next(-8, 18))).ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
