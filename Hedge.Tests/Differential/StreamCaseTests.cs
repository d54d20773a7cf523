using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>What went wrong with streams elsewhere, and what random commands seldom meet, compared with
/// redis-server.</summary>
[TestFixture("64")]
[TestFixture("1kb")]
[Category("diff")]
internal sealed class StreamCaseTests(string nodeBytes)
{
    private const string Last = "18446744073709551615-18446744073709551615";
    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() =>
        _pair = await ServerPair.StartAsync(("cores", "2"), ("collection-node-bytes", nodeBytes));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [Test]
    public void The_highest_id() => Compare(
        "XADD s 18446744073709551615-* a 1", "XADD s 18446744073709551615-18446744073709551614 a 1",
        "XADD s * a 1", "XADD s * a 1", "XADD s 18446744073709551615-* a 1", $"XADD s {Last} a 1", "XLEN s",
        "XRANGE s - +", $"XRANGE s ({Last} +", $"XREAD STREAMS s {Last}", $"XREVRANGE s + {Last}",
        "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s >",
        $"XREADGROUP GROUP g c STREAMS s {Last}", "XPENDING s g", $"XPENDING s g {Last} + 5",
        "XINFO GROUPS s",
        $"XDEL s {Last}", "XADD s * a 1", "XINFO STREAM s", "XADD t 5-18446744073709551615 a b",
        "XADD t 5-* a b",
        "XADD t 5 a b", "XADD t 6-* a b", $"XSETID t {Last}", "XADD t * a b", "XSETID t 6", "XADD t 7 a b",
        "XAUTOCLAIM s g d 0 18446744073709551615", $"XCLAIM s g d 0 {Last}", "XPENDING s g");

    [Test]
    public void The_lowest_id() => Compare(
        "XADD s 0 a b", "XADD s 0-0 a b", "XADD s 0-* a b", "XADD s 0-* a b", "XADD s 0-1 a b",
        "XRANGE s 0 0",
        "XRANGE s - (0-0", "XRANGE s - (0-1", "XRANGE s (0-0 +", "XREVRANGE s (0-2 -", "XDEL s 0-0",
        "XDEL s 0",
        "XGROUP CREATE s g 0-0", "XGROUP SETID s g +", "XINFO GROUPS s", "XGROUP SETID s g -",
        "XGROUP CREATE n h 1 MKSTREAM MKSTREAM ENTRIESREAD -1",
        "XGROUP CREATE n h 1 ENTRIESREAD 1 ENTRIESREAD 2", "XGROUP CREATE n h 1 MKSTREAM MKSTREAM MKSTREAM",
        "XGROUP SETID n h 1 ENTRIESREAD 1 ENTRIESREAD 2", "XINFO GROUPS n", "DEL n",
        "XGROUP CREATE s h -", "XGROUP CREATE s h +", "XGROUP SETID s g (0",
        "XREADGROUP GROUP g c STREAMS s 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
        "XREADGROUP GROUP g c STREAMS s 0-0", "XREADGROUP GROUP g c STREAMS s 0-1", "XACK s g 0-0 0-1",
        "XTRIM s MINID 0", "XTRIM s MINID 0-2", "XINFO STREAM s", "XSETID s 0", "XSETID s 0-2", "XDEL s 0-2",
        "XSETID s 0", "XADD s 0-0 a b", "XADD s 0-1 a b", "XINFO STREAM s");

    [Test]
    public void Trimmed_to_nothing() => Compare(
        "XADD s MAXLEN 0 1 a b", "XLEN s", "TYPE s", "OBJECT ENCODING s", "EXISTS s", "XINFO STREAM s",
        "XADD s MAXLEN 0 1 a b", "XADD s MAXLEN = 0 2 a b", "XINFO STREAM s FULL", "XADD s 3 a b",
        "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >", "XTRIM s MAXLEN 0", "XINFO STREAM s FULL",
        "XREADGROUP GROUP g c STREAMS s 0", "XACK s g 3", "XREADGROUP GROUP g c STREAMS s 0", "XADD s 3 a b",
        "XADD s MINID 9 4 a b", "XADD s MINID 4 5 a b", "XRANGE s - +", "XADD s MINID 99 6 a b", "XLEN s",
        "XINFO STREAM s", "XGROUP DESTROY s g", "XLEN s", "EXISTS s", "SCAN 0 TYPE stream", "DEL s",
        "EXISTS s");

    [Test]
    public void Pending_entries_that_were_deleted() => Compare(
        "XADD s 1 a 1", "XADD s 2 a 2", "XADD s 3 a 3", "XADD s 4 a 4", "XADD s 5 a 5", "XGROUP CREATE s g 0",
        "XREADGROUP GROUP g c STREAMS s >", "XDEL s 2 4", "XREADGROUP GROUP g c STREAMS s 0", "XPENDING s g",
        "XAUTOCLAIM s g d 10000000 0", "XPENDING s g", "XINFO CONSUMERS s g", "XDEL s 1", "XTRIM s MAXLEN 1",
        "XAUTOCLAIM s g d 0 0 COUNT 1", "XAUTOCLAIM s g d 0 0 COUNT 1 JUSTID", "XAUTOCLAIM s g d 0 0",
        "XPENDING s g", "XINFO STREAM s FULL", "XCLAIM s g e 0 5 3 5 9 FORCE JUSTID", "XDEL s 5",
        "XCLAIM s g e 0 5 5 FORCE", "XPENDING s g", "XINFO CONSUMERS s g", "XAUTOCLAIM s g d 0 -",
        "XGROUP DELCONSUMER s g e", "XGROUP DELCONSUMER s g c", "XINFO GROUPS s");

    [Test]
    public void Pending_entries_that_were_trimmed() => Compare(
        [
            .. Enumerable.Range(1, 150).Select(i => $"XADD s {i} field value{i}"), "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c COUNT 100 STREAMS s >", "XREADGROUP GROUP g d COUNT 20 STREAMS s >",
            "XTRIM s MINID 90", "XPENDING s g", "XPENDING s g 80 100 50", "XPENDING s g - + 5 d",
            "XREADGROUP GROUP g c COUNT 3 STREAMS s 85", "XCLAIM s g d 0 1 2 95 96", "XPENDING s g",
            "XAUTOCLAIM s g d 0 0 COUNT 50", "XAUTOCLAIM s g d 0 0 COUNT 50 JUSTID", "XPENDING s g",
            "XACK s g 97 98 1 119 120 121", "XINFO GROUPS s", "XINFO CONSUMERS s g",
            "XGROUP DELCONSUMER s g d",
            "XPENDING s g", "XREADGROUP GROUP g c STREAMS s 0", "XREADGROUP GROUP g c STREAMS s >",
            "XPENDING s g",
            "XINFO GROUPS s", "XGROUP SETID s g 100", "XREADGROUP GROUP g e COUNT 30 STREAMS s >",
            "XPENDING s g", "XINFO CONSUMERS s g", "XINFO STREAM s FULL COUNT 4", "XGROUP DESTROY s g",
            "XINFO STREAM s FULL COUNT 2", "XGROUP CREATE s g 0", "XPENDING s g", "XINFO CONSUMERS s g",
        ]);

    [Test]
    public void Groups_whose_names_begin_alike() => Compare(
        "XADD s 1 a 1", "XADD s 2 a 2", "XGROUP CREATE s g 0", "XGROUP CREATE s g1 0",
        "XGROUP CREATE s g10 0",
        "XGROUP CREATE s \"\" 0", "XGROUP CREATE s \"g\\x00\" 0", "XGROUP CREATE s \"\\xff\" 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XREADGROUP GROUP g1 c1 STREAMS s >",
        "XREADGROUP GROUP g1 c COUNT 1 STREAMS s >", "XREADGROUP GROUP g10 c10 STREAMS s >",
        "XREADGROUP GROUP \"\" \"\" STREAMS s >", "XREADGROUP GROUP \"g\\x00\" \"c\\x00\" STREAMS s >",
        "XGROUP CREATECONSUMER s g1 c10", "XGROUP CREATECONSUMER s g1 \"\"", "XINFO STREAM s FULL",
        "XGROUP DESTROY s g", "XINFO STREAM s FULL", "XGROUP DELCONSUMER s g1 c1", "XINFO CONSUMERS s g1",
        "XPENDING s g1", "XPENDING s g10", "XGROUP DESTROY s g10", "XPENDING s \"\"", "XPENDING s \"g\\x00\"",
        "XGROUP DESTROY s \"\"", "XINFO GROUPS s", "XGROUP CREATE s g 1", "XINFO CONSUMERS s g",
        "XPENDING s g",
        "XGROUP SETID s \"no\\r\\nx\" 0", "XPENDING s \"nog\\x00x\"",
        "XREADGROUP GROUP \"nog\\x00x\" c STREAMS s >");

    [Test]
    public void Nothing_is_given_twice() => Compare(
        "XADD s 1 a 1", "XADD s 2 a 2", "XADD s 3 a 3", "XGROUP CREATE s g 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s s > >", "XREADGROUP GROUP g d COUNT 1 STREAMS s s > >",
        "XREADGROUP GROUP g e STREAMS s s > 0", "XREADGROUP GROUP g d STREAMS s s s 0 > 0", "XPENDING s g",
        "XADD s 4 a 4", "XADD s 5 a 5", "XADD s 6 a 6", "XREADGROUP GROUP g e COUNT 2 STREAMS s s s > 0 >",
        "XPENDING s g", "XGROUP SETID s g 1", "XREADGROUP GROUP g f COUNT 2 STREAMS s s s > > 0",
        "XPENDING s g",
        "XREADGROUP GROUP g f NOACK STREAMS s s > 0", "XINFO GROUPS s", "XINFO CONSUMERS s g");

    [Test]
    public void How_far_a_group_is() => Compare(
        "XADD s 1 a 1", "XADD s 2 a 1", "XADD s 3 a 1", "XGROUP CREATE s g 0 ENTRIESREAD 0",
        "XGROUP CREATE s h $", "XGROUP CREATE s i 9 ENTRIESREAD 100", "XGROUP CREATE s j 2", "XINFO GROUPS s",
        "XDEL s 1", "XINFO GROUPS s", "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XINFO GROUPS s",
        "XADD s 4 a 1", "XADD s 5 a 1", "XDEL s 4", "XINFO GROUPS s",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XINFO GROUPS s",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XINFO GROUPS s", "XTRIM s MAXLEN 1", "XINFO GROUPS s",
        "XGROUP SETID s j 5 ENTRIESREAD 2", "XGROUP SETID s h 0", "XINFO GROUPS s", "XTRIM s MAXLEN 0",
        "XINFO GROUPS s", "XSETID s 20 ENTRIESADDED 50 MAXDELETEDID 10", "XINFO GROUPS s", "XADD s 21 a b",
        "XREADGROUP GROUP h c STREAMS s >", "XINFO GROUPS s", "XGROUP CREATE e g $ MKSTREAM",
        "XINFO GROUPS e",
        "XREADGROUP GROUP g c STREAMS e >", "XADD e 1 a b", "XINFO GROUPS e", "XDEL e 1", "XINFO GROUPS e");

    [Test]
    public void Keys_of_other_types_and_copies() => Compare(
        "XADD s 1 a 1 b 2", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >", "SET x 1", "XLEN x",
        "XADD x * a b", "XREAD STREAMS x 0", "XREADGROUP GROUP g c STREAMS s x > >", "XRANGE x - +", "GET s",
        "LPUSH s a", "HGET s a", "SADD s a", "ZADD s 1 a", "INCR s", "PFADD s a", "TYPE s",
        "OBJECT ENCODING s",
        "COPY s t", "XINFO STREAM t FULL", "RENAME t u", "XINFO STREAM u FULL", "XACK u g 1", "XPENDING u g",
        "XPENDING s g", "COPY u s", "COPY u s REPLACE", "XPENDING s g", "MOVE s 1", "XLEN s", "SELECT 1",
        "XINFO STREAM s FULL", "XADD s 2 c d", "XREADGROUP GROUP g d STREAMS s >", "SELECT 0",
        "GETRANGE u 0 1", "EXPIRE u 1000", "XADD u 3 a b", "TTL u", "PERSIST u", "APPEND u x", "SET u 1 GET");

    // Of changes of groups and of the last id nobody is told who watches the key.
    [TestCase("XADD s 5 a b")]
    [TestCase("XDEL s 1")]
    [TestCase("XDEL s 9")]
    [TestCase("XTRIM s MAXLEN 1")]
    [TestCase("XTRIM s MAXLEN 9")]
    [TestCase("XSETID s 11")]
    [TestCase("XACK s g 1")]
    [TestCase("XREADGROUP GROUP g c STREAMS s >")]
    [TestCase("XREADGROUP GROUP g new STREAMS s 0")]
    [TestCase("XCLAIM s g d 0 1")]
    [TestCase("XAUTOCLAIM s g d 0 0")]
    [TestCase("XGROUP CREATE s g5 0")]
    [TestCase("XGROUP CREATE t g5 0 MKSTREAM")]
    [TestCase("XGROUP SETID s g 0")]
    [TestCase("XGROUP CREATECONSUMER s g n")]
    [TestCase("XGROUP DELCONSUMER s g c")]
    [TestCase("XGROUP DESTROY s g")]
    public void A_watch_sees(string line) => Compare(
        "XADD s 1 a b", "XADD s 2 a b", "XADD s 3 a b", "XGROUP CREATE s g 0",
        "XREADGROUP GROUP g c COUNT 2 STREAMS s >", "WATCH s t", line, "MULTI", "PING", "EXEC");

    // How much Redis removes depends on its nodes; neither goes below what may stay, or beyond LIMIT.
    [TestCase("XTRIM s MAXLEN ~ 1000", 1000, 2000)]
    [TestCase("XTRIM s MAXLEN ~ 1000 LIMIT 500", 2500, 500)]
    [TestCase("XTRIM s MAXLEN ~ 2999", 2999, 1)]
    [TestCase("XTRIM s MAXLEN ~ 0", 0, 3000)]
    [TestCase("XTRIM s MINID ~ 1001", 2000, 1000)]
    [TestCase("XTRIM s MINID ~ 1001 LIMIT 0", 2000, 1000)]
    [TestCase("XADD s MAXLEN ~ 1000 * a b", 1000, 2001)]
    [TestCase("XADD s MINID ~ 1001 * a b", 2001, 1000)]
    public void A_rough_trim_removes_whole_nodes(string line, int lengthMin, int removedMax)
    {
        const int Slack = 150;
        foreach (int port in (int[])[_pair.Redis.Port, _pair.Hedge.Port])
        {
            using ReplyPipe pipe = new(port);
            pipe.Run("FLUSHALL");
            pipe.RunAll([.. Enumerable.Range(1, 3000).Select(i => CommandLine.Split($"XADD s {i} a b"))]);
            pipe.Run(line);
            int length = int.Parse(ReplyReader.Show(pipe.Run("XLEN s")).Trim(':', '|'),
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(length, Is.GreaterThanOrEqualTo(lengthMin));
            int before = line.StartsWith("XADD", StringComparison.Ordinal) ? 3001 : 3000;
            int removed = before - length;
            Assert.That(removed, Is.LessThanOrEqualTo(removedMax).And.GreaterThan(removedMax - Slack));
        }
    }

    private void Compare(params string[] lines)
    {
        GeneratedCommand[] commands =
            [.. lines.Select(l => new GeneratedCommand(Name(l), CommandLine.Split(l)))];
        for (int protocol = 2; protocol <= 3; protocol++)
        {
            Mismatch? found = _pair.FirstMismatch(commands, protocol, [1]);
            if (found == null) continue;
            Assert.Fail(
                $"RESP{protocol}: {lines[found.Index]}\nredis: {found.Expected}\nhedge: {found.Actual}");
        }
    }

    private static string Name(string line)
    {
        string[] words = line.Split(' ', 3);
        return words[0] is "XINFO" or "XGROUP" or "OBJECT" ? $"{words[0]}|{words[1]}" : words[0];
    }
}
