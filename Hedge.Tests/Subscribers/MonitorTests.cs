using System.Text.RegularExpressions;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Subscribers;

/// <summary>MONITOR's feed.</summary>
internal sealed class MonitorTests(int cores, string io) : ServerFixture(cores, io)
{
    [TestCase("SET k \"a\\x00\\\"\\\\\\n\\r\\t\\a\\b\\xff z\"",
        "\"SET\" \"k\" \"a\\x00\\\"\\\\\\n\\r\\t\\a\\b\\xff z\"")]
    [TestCase("MGET a b c d e", "\"MGET\" \"a\" \"b\" \"c\" \"d\" \"e\"")]
    [TestCase("AUTH default secret", "\"AUTH\" \"(redacted)\" \"(redacted)\"")]
    [TestCase("HELLO 2 AUTH default s SETNAME x",
        "\"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\" \"SETNAME\" \"x\"")]
    [TestCase("MULTI|SET a 1|GET a|EXEC", "\"MULTI\"", "\"SET\" \"a\" \"1\"", "\"GET\" \"a\"", "\"EXEC\"")]
    [TestCase("MULTI|SET a 1|DISCARD", "\"MULTI\"", "\"DISCARD\"")]
    [TestCase("GET|NOSUCH|CONFIG GET port|CLIENT LIST|SLOWLOG LEN")]
    [TestCase("CLIENT REPLY SKIP|PING", "\"CLIENT\" \"REPLY\" \"SKIP\"", "\"PING\"")]
    public void It_shows_what_was_run(string lines, params string[] expected)
    {
        RawClient monitor = Connect(), client = Connect();
        monitor.Call("MONITOR", "+OK\n");
        client.Send([.. lines.Split('|'), "ECHO end"]);
        foreach (string command in (string[])[.. expected, "\"ECHO\" \"end\""])
        {
            string line = monitor.ReadLine();
            Assert.That(line, Does.Match(@"^\+\d{10}\.\d{6} \[0 " + Regex.Escape(client.Address) + @"\] "));
            Assert.That(line[(line.IndexOf(']') + 2)..], Is.EqualTo(command));
        }
    }

    [Test]
    public void All_monitors_get_all_commands_in_each_client_s_order()
    {
        RawClient[] monitors = [Connect(), Connect(), Connect()];
        foreach (RawClient monitor in monitors) monitor.Call("MONITOR", "+OK\n");
        RawClient[] clients = [Connect(), Connect(), Connect()];
        const int each = 200;
        foreach (RawClient client in clients)
            client.Send([.. Enumerable.Range(0, each).Select(i => $"SET key:{i} {i}")]);
        foreach (RawClient client in clients) client.Expect(string.Concat(Enumerable.Repeat("+OK\n", each)));
        foreach (RawClient monitor in monitors)
        {
            var next = clients.ToDictionary(c => c.Address, _ => 0);
            for (int i = 0; i < each * clients.Length; i++)
            {
                string line = monitor.ReadLine();
                string address = line.Split('[', ']')[1][2..];
                int place = next[address]++;
                Assert.That(line, Does.EndWith($"\"SET\" \"key:{place}\" \"{place}\""));
            }
        }
    }

    [Test]
    public void A_monitor_touches_no_keys_and_stops_with_RESET()
    {
        RawClient monitor = Connect(), client = Connect();
        monitor.Call("MONITOR\nGET a", "+OK\n-ERR Replica can't interact with the keyspace\n");
        monitor.Call("RESET\nPING", "+RESET\n+PONG\n");
        client.Call("MULTI\nMONITOR\nEXEC",
            "+OK\n+QUEUED\n*1\n-ERR MONITOR isn't allowed for DENY BLOCKING client\n");
        Assert.That(monitor.IsSilent());
    }
}
