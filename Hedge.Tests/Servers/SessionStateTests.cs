using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>Transactions, pauses, CLIENT REPLY and passwords; the expected bytes are
/// redis-server's.</summary>
internal sealed class SessionStateTests(int cores, string io) : ServerFixture(cores, io)
{
    private const string Stranger = "-NOAUTH Authentication required.\n";

    [TestCase("EXEC\nDISCARD", "-ERR EXEC without MULTI\n-ERR DISCARD without MULTI\n")]
    [TestCase("MULTI\nMULTI\nWATCH a\nPING\nEXEC",
        "+OK\n-ERR MULTI calls can not be nested\n"
        + "-ERR WATCH inside MULTI is not allowed\n+QUEUED\n*1\n+PONG\n")]
    [TestCase("MULTI\nGET\nPING\nEXEC", "+OK\n-ERR wrong number of arguments for 'get' command\n+QUEUED\n"
        + "-EXECABORT Transaction discarded because of previous errors.\n")]
    [TestCase("MULTI\nPING\nEXEC now\nEXEC", "+OK\n+QUEUED\n"
        + "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\n"
        + "-ERR EXEC without MULTI\n")]
    [TestCase("MULTI\nSELECT 1\nSET mm 1\nSELECT 0\nEXISTS mm\nEXEC",
        "+OK\n+QUEUED\n+QUEUED\n+QUEUED\n+QUEUED\n*4\n+OK\n+OK\n+OK\n:0\n")]
    [TestCase("MULTI\nWAIT 1 0\nEXEC", "+OK\n+QUEUED\n*1\n:0\n")]
    [TestCase("MULTI\nSUBSCRIBE q\nPING\nEXEC\nRESET",
        "+OK\n+QUEUED\n+QUEUED\n*2\n*3\n$9\nsubscribe\n$1\nq\n:1\n*2\n$4\npong\n$0\n\n+RESET\n")]
    [TestCase("CLIENT REPLY OFF\nMULTI\nSET r 5\nEXEC\nCLIENT REPLY ON\nGET r", "+OK\n$1\n5\n")]
    [TestCase("CLIENT REPLY OFF\nSUBSCRIBE x\nCLIENT REPLY ON", "*3\n$9\nsubscribe\n$1\nx\n:1\n")]
    [TestCase("CLIENT REPLY SKIP\nRESET\nPING", "+PONG\n")]
    [TestCase("CLIENT REPLY SKIP\nNOSUCH\nCLIENT REPLY SKIP\nMGET a b c\nECHO e", "$1\ne\n")]
    public void The_replies_are_those_of_Redis(string lines, string expected)
    {
        RawClient client = Connect();
        client.Call(lines, expected);
        Assert.That(client.IsSilent(20));
    }

    [TestCase("HSET big", "HSET big 7 new", ":0\n")]
    [TestCase("RPUSH big", "LSET big 4001 new", "+OK\n")]
    public void A_watched_collection_of_very_many_elements_is_changed_by_one_of_them(
        string fill, string change, string reply)
    {
        RawClient client = Connect(), other = Connect();
        client.Call("SET big 1\nDEL big", "+OK\n:1\n");
        for (int i = 0; i < 80; i++)
        {
            IEnumerable<string> pairs = Enumerable.Range(i * 50, 50).Select(f => $"{f} value{f}");
            client.Send($"{fill} {string.Join(' ', pairs)}");
        }

        client.Send("ECHO end");
        while (client.ReadLine() != "end")
        {
        }

        client.Call("WATCH big", "+OK\n");
        other.Call(change, reply);
        client.Call("MULTI\nPING\nEXEC", "+OK\n+QUEUED\n*-1\n");
    }

    [Test]
    public void A_refused_EXEC_forgets_the_watched_keys()
    {
        RawClient client = Connect(), other = Connect();
        client.Call("WATCH w1 w2 w3\nMULTI\nEXEC now", "+OK\n+OK\n"
            + "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\n");
        other.Call("SET w2 1", "+OK\n");
        client.Call("MULTI\nPING\nEXEC", "+OK\n+QUEUED\n*1\n+PONG\n");
    }

    [TestCase("BITFIELD wf OVERFLOW FAIL SET u8 100 -5", "*1\n$-1\n", "*1\n:14\n")]
    [TestCase("BITFIELD wg OVERFLOW FAIL SET u8 100 -5 SET u8 0 0", "*2\n$-1\n:0\n", "*-1\n")]
    public void A_bit_field_that_only_overflowed_has_not_changed(string command, string reply, string exec)
    {
        RawClient client = Connect();
        string key = command.Split(' ')[1];
        client.Call($"WATCH {key}\n{command}\nMULTI\nSTRLEN {key}\nEXEC",
            $"+OK\n{reply}+OK\n+QUEUED\n{exec}");
    }

    [Test]
    public void A_pause_of_writes_stops_writes_of_all_clients_until_it_is_lifted()
    {
        RawClient pauses = Connect(), writes = Connect(), queues = Connect(), executes = Connect();
        executes.Call("MULTI\nSET p 3", "+OK\n+QUEUED\n");
        pauses.Call("CLIENT PAUSE 100000 WRITE", "+OK\n");
        writes.Call("GET nokey", "$-1\n");
        writes.Send("SET p 1");
        queues.Call("MULTI\nGET p", "+OK\n+QUEUED\n");
        queues.Send("SET p 2");
        executes.Send("EXEC");
        pauses.Send("PUBLISH c m");
        RawClient[] all = [writes, queues, executes, pauses];
        foreach (RawClient client in all) Assert.That(client.IsSilent());
        Connect().Call("CLIENT UNPAUSE", "+OK\n");
        writes.Expect("+OK\n");
        queues.Expect("+QUEUED\n");
        executes.Expect("*1\n+OK\n");
        pauses.Expect(":0\n");
    }

    [Test]
    public void A_pause_of_everything_ends_by_itself()
    {
        RawClient pauses = Connect(), other = Connect();
        pauses.Call("CLIENT PAUSE 300", "+OK\n");
        other.Send("PING");
        Assert.That(other.IsSilent());
        other.Expect("+PONG\n");
    }

    [Test]
    public void A_password_holds_for_new_clients_at_once_and_limits_what_they_may_send()
    {
        RawClient old = Connect();
        old.Call("CONFIG SET requirepass sesame\nPING", "+OK\n+PONG\n");
        try
        {
            RawClient client = Connect();
            client.Call("GET a\nAUTH wrong\nEXEC", Stranger
                + "-WRONGPASS invalid username-password pair or user is disabled.\n"
                + "-EXECABORT Transaction discarded because of: " + Stranger[1..]);
            RawClient large = Connect();
            large.Call("*11", "-ERR Protocol error: unauthenticated multibulk length\n");
            large.ExpectEnd();
            // The same requests as one batch with the password: they are read with the client's new rights.
            string mget = "*12\r\n$4\r\nMGET\r\n" + string.Concat(Enumerable.Repeat("$1\r\na\r\n", 11));
            client.SendRaw("AUTH sesame\r\n" + mget
                + $"*2\r\n$4\r\nECHO\r\n$20000\r\n{new string('x', 20000)}\r\n");
            client.Expect("+OK\n*11\n" + string.Concat(Enumerable.Repeat("$-1\n", 11)) + "$20000\n");
        }
        finally
        {
            old.Call("CONFIG SET requirepass ''", "+OK\n");
        }
    }
}
