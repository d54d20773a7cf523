using System.Text;
using System.Text.RegularExpressions;
using Hedge.Tests.Commands;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Clients that wait in XREAD and XREADGROUP, compared with redis-server: who is served by what, and
/// with which reply. Whoever still waits at the end is unblocked, so that each waiting command has one
/// reply.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Category("diff")]
internal sealed class StreamWaitTests(int cores)
{
    private const int TriesMax = 5000;
    private const string Read = "XREAD BLOCK 0 STREAMS s $";
    private const string ReadGroup = "XREADGROUP GROUP g c BLOCK 0 STREAMS s >";

    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", $"{cores}"));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase("XADD s 2 a 1", TestName = "an entry")]
    [TestCase("XADD s 2 a 1; XADD s 3 a 1", TestName = "two entries")]
    [TestCase("MULTI; XADD s 2 a 1; XADD s 3 a 1; EXEC", TestName = "two entries at once")]
    [TestCase("MULTI; XADD s 2 a 1; XDEL s 2; EXEC", TestName = "an entry that is gone")]
    [TestCase("XADD s MAXLEN 0 2 a 1", TestName = "an entry that is trimmed")]
    [TestCase("XGROUP SETID s g 0", TestName = "the group set back")]
    [TestCase("XGROUP SETID s g 0; XDEL s 1; XTRIM s MAXLEN 0", TestName = "set back and emptied")]
    [TestCase("XGROUP SETID s g 0; XADD s 2 a 1", TestName = "set back and an entry")]
    [TestCase("XSETID s 7; XDEL s 1", TestName = "another last id")]
    [TestCase("XSETID s 7; XADD s 9 a b", TestName = "another last id and an entry")]
    [TestCase("XGROUP DESTROY s g", TestName = "no group")]
    [TestCase("XGROUP DESTROY s g; XGROUP CREATE s g 0", TestName = "no group, then a new one")]
    [TestCase("MULTI; XGROUP DESTROY s g; XGROUP CREATE s g 0; EXEC", TestName = "a new group at once")]
    [TestCase("DEL s", TestName = "no key")]
    [TestCase("UNLINK s; XADD s 1 a b; XADD s 5 a b", TestName = "no key, then a new one")]
    [TestCase("MULTI; DEL s; XADD s 9 a b; EXEC", TestName = "a new key at once")]
    [TestCase("SET s 1", TestName = "a string")]
    [TestCase("SET s 1; DEL s; XADD s 4 a b", TestName = "a string, then a stream")]
    [TestCase("MULTI; DEL s; RPUSH s x; EXEC", TestName = "a list at once")]
    [TestCase("FLUSHALL", TestName = "an empty server")]
    [TestCase("FLUSHDB; XADD s 2 a b", TestName = "an empty database, then an entry")]
    [TestCase("XADD k 99 a b; XGROUP CREATE k g 0; RENAME k s", TestName = "another stream by RENAME")]
    [TestCase("XADD k 99 a b; RENAME k s", TestName = "another stream without the group")]
    [TestCase("XADD k 0-5 a b; COPY k s REPLACE", TestName = "an older stream by COPY")]
    [TestCase("XADD k 99 a b; XGROUP CREATE k g 0; COPY k s REPLACE", TestName = "another stream by COPY")]
    [TestCase("RENAME s k; XADD k 5 a b", TestName = "the key under another name")]
    [TestCase("PEXPIREAT s 1", TestName = "a time in the past")]
    [TestCase("XADD t 2 a 1", TestName = "an entry of the other key")]
    [TestCase("XADD {s}2 2 a 1; XADD s 2 a 1", TestName = "an entry of a third key first")]
    [TestCase("SWAPDB 0 1", TestName = "another database")]
    public void Clients_are_served_as_in_redis(string acts)
    {
        string[] waits =
        [
            Read, ReadGroup, "XREADGROUP GROUP g d COUNT 1 BLOCK 0 STREAMS s t > >",
            "XREAD COUNT 1 BLOCK 0 STREAMS t s $ 1-0", "XREADGROUP GROUP h c NOACK BLOCK 0 STREAMS s >",
            "XREAD BLOCK 0 STREAMS s s 5 1", "XREAD BLOCK 0 STREAMS {s}2 s {s}2 0 $ 5",
            "XREADGROUP GROUP g e BLOCK 0 STREAMS {s}2 s > >",
        ];
        string[] before =
        [
            "FLUSHALL", "XADD s 1 a 1", "XADD t 1 a 1", "XGROUP CREATE s g $", "XGROUP CREATE t g $",
            "XGROUP CREATE s h $", "XGROUP CREATE {s}2 g $ MKSTREAM",
        ];
        string[] after = ["XINFO GROUPS s", "XINFO GROUPS t", "XRANGE s - +", "XPENDING s g"];
        for (int protocol = cores == 1 ? 2 : 3; protocol <= 3; protocol++)
        {
            string[] redis = Run(_pair.Redis.Port, protocol, before, waits, acts.Split("; "), after, -1,
                out int blocked);
            string[] hedge = Run(_pair.Hedge.Port, protocol, before, waits, acts.Split("; "), after, blocked,
                out _);
            Assert.That(hedge, Is.EqualTo(redis), $"RESP{protocol}");
        }
    }

    [Test]
    public void A_time_that_is_over_answers_null()
    {
        using ReplyPipe redis = new(_pair.Redis.Port), hedge = new(_pair.Hedge.Port);
        string[] lines =
        [
            "FLUSHALL", "XADD s 1 a b", "XGROUP CREATE s g $", "XREAD BLOCK 1 STREAMS s $",
            "XREADGROUP GROUP g c BLOCK 1 STREAMS s >", "XINFO GROUPS s", "MULTI", Read, ReadGroup, "EXEC",
        ];
        foreach (string line in lines)
        {
            string expected = ReplyReader.Show(redis.Run(line));
            Assert.That(ReplyReader.Show(hedge.Run(line)), Is.EqualTo(expected), line);
        }
    }

    // The replies of the waiting commands, of what was done, and of what is asked after it.
    private string[] Run(int port, int protocol, string[] before, string[] waits, string[] acts,
        string[] after, int blockedAtEnd, out int blocked)
    {
        using SpreadClients spread = new(_pair.Hedge.Port, cores);
        using ReplyPipe control = new(port);
        foreach (string line in before) control.Run(line);
        List<ReplyPipe> waiting = [];
        List<string> ids = [];
        List<string> shown = [];
        try
        {
            foreach (string line in waits)
            {
                ReplyPipe pipe = new(port);
                waiting.Add(pipe);
                pipe.Run($"HELLO {protocol}");
                ids.Add(ReplyReader.Show(pipe.Run("CLIENT ID")).Trim(':', '|'));
                pipe.Send([CommandLine.Split(line)]);
                Await(control, waiting.Count, line);
            }

            foreach (string line in acts) shown.Add(ReplyReader.Show(control.Run(line)));
            blocked = Await(control, blockedAtEnd, "the end");
            foreach (string id in ids) control.Run($"CLIENT UNBLOCK {id}");
            foreach (ReplyPipe pipe in waiting) shown.Add(ReplyReader.Show(pipe.Next()));
        }
        finally
        {
            foreach (ReplyPipe pipe in waiting) pipe.Dispose();
            Await(control, 0, "gone clients");
        }

        foreach (string line in after) shown.Add(ReplyReader.Show(control.Run(line)));
        return [.. shown];
    }

    // Waits for a number of blocked clients; any for a negative one.
    private static int Await(ReplyPipe control, int wanted, string when)
    {
        int blocked = 0;
        for (int i = 0; i < TriesMax; i++)
        {
            string text = Encoding.Latin1.GetString(control.Run("INFO clients"));
            blocked = int.Parse(Regex.Match(text, "blocked_clients:([0-9]+)").Groups[1].Value,
                System.Globalization.CultureInfo.InvariantCulture);
            if (wanted < 0 || blocked == wanted) return blocked;
            // Another core's figure is a tick behind.
            Thread.Sleep(1);
        }

        throw new TimeoutException($"{blocked} clients are blocked instead of {wanted}: {when}");
    }
}
