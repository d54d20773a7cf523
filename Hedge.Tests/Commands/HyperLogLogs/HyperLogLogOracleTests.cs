using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Commands.HyperLogLogs;

/// <summary>The HyperLogLog commands: the same replies as redis-server, and the same bytes at the
/// keys.</summary>
[TestFixture]
[Category("diff")]
public sealed class HyperLogLogOracleTests : OracleFixture
{
    private static readonly int[] Sizes =
    [
        0, 1, 2, 3, 5, 10, 30, 64, 100, 300, 700, 1000, 1300, 1600, 2000, 3000, 5000, 10_000, 20_000, 40_000,
        70_000, 100_000,
    ];

    [Test]
    public void Values_of_any_size_have_the_same_bytes(
        [Values("3000", "0", "18", "100", "12304", "20000")] string sparseBytesMax)
    {
        Reset(protocol: 2);
        Equal("CONFIG", "SET", "hll-sparse-max-bytes", sparseBytesMax);
        Equal("PFADD", "a");
        int added = 0;
        foreach (int size in Sizes)
        {
            while (added < size)
            {
                int count = Math.Min(size - added, size < 100 ? 1 : 97);
                string[] elements = [.. Enumerable.Range(added, count).Select(i => $"element:{i}")];
                Equal(["PFADD", "a", .. elements]);
                added += count;
            }

            Equal("GET", "a");
            Equal("PFCOUNT", "a");
            Equal("GET", "a");
            Equal("PFDEBUG", "ENCODING", "a");
            Equal("DUMP", "a");
        }

        Equal("PFDEBUG", "DECODE", "a");
        Equal("PFDEBUG", "GETREG", "a");
        Equal("CONFIG", "SET", "hll-sparse-max-bytes", "3000");
    }

    [Test]
    public void Unions_have_the_same_bytes_and_counts()
    {
        Reset(protocol: 3);
        int[] sizes = [0, 1, 40, 900, 1500, 2500, 30_000];
        foreach (int size in sizes)
        {
            for (int from = 0; from < size; from += 500)
            {
                IEnumerable<int> range = Enumerable.Range(from * 3, Math.Min(500, size - from));
                Equal(["PFADD", $"n:{size}", .. range.Select(i => i.ToString(CultureInfo.InvariantCulture))]);
            }

            if (size == 0) Equal("PFADD", "n:0");
        }

        foreach (int one in sizes)
        {
            foreach (int other in sizes)
            {
                Equal("PFCOUNT", $"n:{one}", $"n:{other}");
                Equal("PFCOUNT", $"n:{one}", "missing", $"n:{other}", $"n:{one}");
                Equal("PFMERGE", "union", $"n:{one}", $"n:{other}");
                Equal("GET", "union");
                Equal("PFCOUNT", "union");
                Equal("PFMERGE", "union", "n:40");
                Equal("GET", "union");
                Equal("DEL", "union");
            }
        }

        Equal("PFMERGE", "alone");
        Equal("GET", "alone");
        Equal(["PFCOUNT", .. sizes.Select(s => $"n:{s}")]);
    }

    [Test]
    public void Elements_of_every_length_go_to_the_same_register()
    {
        Reset(protocol: 2);
        for (int length = 0; length < 70; length++)
        {
            Equal("PFADD", "a", new string('\u00E4', length));
            Equal("GET", "a");
        }
    }

    // The words are parts of a header: magic, encoding, unused bytes and cached count, then registers.
    [TestCase("HYL", "", "", TestName = "A part of the magic")]
    [TestCase("HYLL", "\\x01", "cut", TestName = "A header that is cut off")]
    [TestCase("HYLL", "\\x01", "", TestName = "No registers")]
    [TestCase("HYLL", "\\x02", "", TestName = "An unknown encoding")]
    [TestCase("HYLL", "\\x00", "", TestName = "No dense registers")]
    [TestCase("HYLK", "\\x01", "\\x7f\\xff", TestName = "Another magic")]
    [TestCase("HYLL", "\\x01", "\\x7f\\xfe", TestName = "A register too few")]
    [TestCase("HYLL", "\\x01", "\\x7f", TestName = "Half an XZERO")]
    [TestCase("HYLL", "\\x01", "\\x7f\\xff\\x84", TestName = "A VAL too many")]
    [TestCase("HYLL", "\\x01", "\\x7f\\xff\\x00", TestName = "A ZERO too many")]
    [TestCase("1234", "5678", "90", TestName = "A number")]
    public void Damaged_values_get_the_same_errors(string magic, string encoding, string registers)
    {
        foreach (string stale in (string[])["00", "80"])
        {
            string rest = registers == "cut" ? "" : $"\\x{stale}{registers}";
            string zeros = string.Concat(Enumerable.Repeat("\\x00", 10));
            string set = $"SET a \"{magic}{encoding}{zeros}{rest}\"";
            Same(set, "PFCOUNT a", "PFADD a x y z", "GET a", set, "PFCOUNT a b", "PFMERGE c a",
                "PFMERGE a c", "PFDEBUG ENCODING a", "PFDEBUG DECODE a", "PFDEBUG TODENSE a", "GET a", set,
                "PFDEBUG GETREG a", "PFCOUNT missing a missing2", "PFADD a", "GET a");
        }
    }

    [Test]
    public void Everything_else_is_answered_in_the_same_words() => Same(
        "PFADD", "PFCOUNT", "PFMERGE", "PFDEBUG", "PFDEBUG a", "PFDEBUG nosuch a", "PFADD a", "PFADD a",
        "PFDEBUG nosuch a", "PFDEBUG \"no\\x00such\" a", "PFDEBUG \"no\\r\\nsuch\" a", "PFDEBUG ENCODING a b",
        "PFDEBUG ENCODING a", "PFDEBUG TODENSE a", "PFDEBUG TODENSE a", "PFDEBUG DECODE a",
        "PFADD a 1 2 3", "PFADD a 1 2 3", "PFCOUNT a", "PFCOUNT b", "PFMERGE b a", "PFCOUNT b a",
        "OBJECT ENCODING a", "EXPIRE a 1000", "PFADD a 4", "PFMERGE a a b", "TTL a", "PERSIST a",
        "EXPIRE c 1000", "PFADD c 1", "EXPIRE c 1000", "PFADD c 2 3 4", "PFCOUNT c", "TTL c", "STRLEN a",
        "STRLEN c", "APPEND c x", "PFADD c 5", "PFCOUNT c", "GET c", "TYPE a");

    private void Equal(params string[] words)
    {
        if (SameReply(Array.ConvertAll(words, Bytes), out string difference))
            return;
        Assert.Fail(difference.Length > 3000 ? difference[..3000] : difference);
    }
}
