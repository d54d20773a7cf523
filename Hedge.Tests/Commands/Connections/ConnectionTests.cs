using Hedge.Host.Clients;
using Hedge.Host.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Connections;

[TestFixture]
[Category("fast")]
public sealed class ConnectionTests
{
    private CommandHarness _hedge = null!;

    [SetUp]
    public void Start() => _hedge = new CommandHarness();

    [TearDown]
    public void Stop() => _hedge.Dispose();

    [Test]
    public void Hello_switches_the_protocol_of_its_own_reply()
    {
        Assert.That(_hedge.Run("HELLO 3 SETNAME me"),
            Is.EqualTo("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n"
            + "$5\r\n7.2.4\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
            + "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"));
        Assert.That(_hedge.Session.Protocol, Is.EqualTo(3));
        Assert.That(_hedge.Session.Name, Is.EqualTo("me"));
        Assert.That(_hedge.Run("HELLO"), Does.StartWith("%7\r\n"), "without a version it stays");
        Assert.That(_hedge.Run("HELLO 2"), Does.StartWith("*14\r\n"));
    }

    [Test]
    public void A_failed_hello_changes_nothing()
    {
        _hedge.Run("HELLO 3 SETNAME me AUTH default x FOO");
        _hedge.Run("HELLO 4");
        Assert.That(_hedge.Session.Protocol, Is.EqualTo(2));
        Assert.That(_hedge.Session.Name, Is.Empty);
    }

    [Test]
    public void A_password_is_asked_for_by_auth_and_hello()
    {
        Assert.That(_hedge.Run("CONFIG SET requirepass secret"), Is.EqualTo("+OK\r\n"));
        Session session = _hedge.Session;
        Assert.That(_hedge.Server.RequiresAuthentication(session), Is.False, "who is in stays in");
        Assert.That(_hedge.Run("RESET"), Is.EqualTo("+RESET\r\n"));
        Assert.That(_hedge.Server.RequiresAuthentication(session), Is.True);
        Assert.That(_hedge.Run("HELLO 3"),
            Does.StartWith("-NOAUTH HELLO must be called with the client already"));
        Assert.That(_hedge.Run("AUTH wrong"), Does.StartWith("-WRONGPASS"));
        Assert.That(_hedge.Run("AUTH default wrong"), Does.StartWith("-WRONGPASS"));
        Assert.That(_hedge.Run("AUTH other secret"), Does.StartWith("-WRONGPASS"));
        Assert.That(session.Authenticated, Is.False);
        Assert.That(_hedge.Run("HELLO 3 AUTH default secret"), Does.StartWith("%7"));
        Assert.That(session.Authenticated, Is.True);
        _hedge.Run("RESET");
        Assert.That(_hedge.Run("AUTH secret"), Is.EqualTo("+OK\r\n"));
        Assert.That(session.Authenticated, Is.True);
    }

    [Test]
    public void Reset_forgets_what_the_client_asked_for()
    {
        _hedge.Run("HELLO 3 SETNAME me");
        _hedge.Run("SELECT 4");
        _hedge.Run("CLIENT NO-EVICT on");
        _hedge.Run("CLIENT NO-TOUCH on");
        _hedge.Session.Monitor = true;
        Assert.That(_hedge.Session.NoEvict && _hedge.Session.NoTouch, Is.True);
        _hedge.Run("RESET");
        Session session = _hedge.Session;
        Assert.That((session.Protocol, session.Name, session.Database, session.Monitor, session.NoEvict,
            session.NoTouch, session.ResetRequested), Is.EqualTo((2, "", 0, false, false, false, true)));
    }

    [Test]
    public void Quit_closes_after_the_reply()
    {
        Assert.That(_hedge.Run("QUIT"), Is.EqualTo("+OK\r\n"));
        Assert.That(_hedge.Session.CloseAfterReply, Is.True);
    }

    [Test]
    public void A_subscriber_of_resp2_gets_its_pong_as_a_message()
    {
        _hedge.Session.Subscriptions = Subscribed(channels: 1, patterns: 0);
        Assert.That(_hedge.Run("PING"), Is.EqualTo("*2\r\n$4\r\npong\r\n$0\r\n\r\n"));
        Assert.That(_hedge.Run("PING x"), Is.EqualTo("*2\r\n$4\r\npong\r\n$1\r\nx\r\n"));
        _hedge.Protocol = 3;
        Assert.That(_hedge.Run("PING"), Is.EqualTo("+PONG\r\n"));
    }

    [TestCase("CLIENT SETINFO lib-name redis-py", "+OK\r\n")]
    [TestCase("CLIENT SETINFO LIB-VER 1.2.3", "+OK\r\n")]
    [TestCase("CLIENT SETINFO lib-name \"a b\"",
        "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n")]
    [TestCase("CLIENT SETINFO colour red", "-ERR Unrecognized option 'colour'\r\n")]
    [TestCase("CLIENT SETINFO lib-ver", "-ERR wrong number of arguments for 'client|setinfo' command\r\n")]
    public void Library_information_is_taken(string line, string reply) =>
        Assert.That(_hedge.Run(line), Is.EqualTo(reply));

    [Test]
    public void The_line_of_a_client_has_every_field_in_order()
    {
        _hedge.Run("CLIENT SETNAME me");
        _hedge.Run("CLIENT SETINFO lib-name lib");
        string line = _hedge.Run("CLIENT INFO").Split("\r\n")[1].TrimEnd('\n');
        IEnumerable<string> names = line.Split(' ').Select(f => f.Split('=')[0]);
        Assert.That(string.Join(' ', names),
            Is.EqualTo("id addr laddr fd name age idle flags db sub psub ssub multi "
            + "qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp "
            + "lib-name lib-ver"));
        Assert.That(line, Does.StartWith("id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=-1 name=me "));
        Assert.That(line, Does.EndWith("user=default redir=-1 resp=2 lib-name=lib lib-ver="));
    }

    [Test]
    public void Lists_choose_by_type_and_id()
    {
        _hedge.Clients.Add(3).Subscriptions = Subscribed(channels: 0, patterns: 2);
        _hedge.Clients.Add(2).Blocked = true;
        Assert.That(Ids("CLIENT LIST"), Is.EqualTo("1 2 3"));
        Assert.That(Ids("CLIENT LIST TYPE pubsub"), Is.EqualTo("3"));
        Assert.That(Ids("CLIENT LIST TYPE normal"), Is.EqualTo("1 2"));
        Assert.That(Ids("CLIENT LIST ID 3 2 77"), Is.EqualTo("2 3"));
        Assert.That(_hedge.Run("CLIENT LIST ID 3"), Does.Contain("flags=P ").And.Contain("psub=2 "));
        Assert.That(_hedge.Run("CLIENT LIST ID 2"), Does.Contain("flags=b "));
        _hedge.Protocol = 3;
        Assert.That(_hedge.Run("CLIENT LIST ID 2"), Does.StartWith("=").And.Contain("txt:id=2"));
    }

    [TestCase("CLIENT KILL 10.0.0.1:1002", "+OK", "2")]
    [TestCase("CLIENT KILL ID 3", ":1", "3")]
    [TestCase("CLIENT KILL ADDR 10.0.0.1:1003", ":1", "3")]
    [TestCase("CLIENT KILL LADDR 127.0.0.1:6379", ":2", "2 3")]
    [TestCase("CLIENT KILL TYPE normal", ":1", "2")]
    [TestCase("CLIENT KILL TYPE PUBSUB", ":1", "3")]
    [TestCase("CLIENT KILL USER default", ":2", "2 3")]
    [TestCase("CLIENT KILL TYPE normal ID 3", ":0", "")]
    [TestCase("CLIENT KILL SKIPME", "-ERR No such client", "")]
    public void Kills_choose_by_all_filters_and_spare_oneself(string line, string reply, string closed)
    {
        _hedge.Clients.Add(2);
        _hedge.Clients.Add(3).Subscriptions = Subscribed(channels: 1, patterns: 0);
        Assert.That(_hedge.Run(line), Is.EqualTo(reply + "\r\n"));
        Assert.That(string.Join(' ', _hedge.Clients.Closed.Order()), Is.EqualTo(closed));
        Assert.That(_hedge.Session.CloseAfterReply, Is.False);
    }

    [Test]
    public void Killing_oneself_waits_for_the_reply()
    {
        Assert.That(_hedge.Run("CLIENT KILL ID 1 SKIPME no"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Session.CloseAfterReply, Is.True);
        Assert.That(_hedge.Clients.Closed, Is.Empty);
    }

    [Test]
    public void A_second_pause_is_never_shorter_or_weaker()
    {
        long now = _hedge.Databases.NowMilliseconds;
        _hedge.Run("CLIENT PAUSE 1000 WRITE");
        Assert.That(_hedge.Server.Pause, Is.EqualTo(new ClientPause(now + 1000, true)));
        _hedge.Run("CLIENT PAUSE 10");
        Assert.That(_hedge.Server.Pause, Is.EqualTo(new ClientPause(now + 1000, false)));
        _hedge.Run("CLIENT PAUSE 2000 WRITE");
        Assert.That(_hedge.Server.Pause, Is.EqualTo(new ClientPause(now + 2000, false)));
        _hedge.Databases.NowMilliseconds += 5000;
        _hedge.Run("CLIENT PAUSE 1 write");
        Assert.That(_hedge.Server.Pause, Is.EqualTo(new ClientPause(now + 5001, true)),
            "the first one is over");
        _hedge.Run("CLIENT UNPAUSE");
        Assert.That(_hedge.Server.Pause, Is.Null);
    }

    [Test]
    public void Only_blocked_clients_are_unblocked()
    {
        _hedge.Clients.Add(2).Blocked = true;
        _hedge.Clients.Add(3);
        Assert.That(_hedge.Run("CLIENT UNBLOCK 3"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("CLIENT UNBLOCK 2"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("CLIENT UNBLOCK 2 error"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Clients.Unblocked, Is.EqualTo(new long[] { 2, -2 }));
    }

    [TestCase("ON", ReplyMode.On)]
    [TestCase("off", ReplyMode.Off)]
    [TestCase("Skip", ReplyMode.SkipNext)]
    public void Reply_sets_the_mode_that_the_core_obeys(string word, ReplyMode mode)
    {
        _hedge.Run("CLIENT REPLY " + word);
        Assert.That(_hedge.Session.ReplyMode, Is.EqualTo(mode));
    }

    private string Ids(string line) => string.Join(' ', _hedge.Run(line).Split('\n')
        .Where(l => l.StartsWith("id=", StringComparison.Ordinal))
        .Select(l => l.Split(' ')[0][3..]));

    private static Subscriptions Subscribed(int channels, int patterns)
    {
        var subscriptions = new Subscriptions();
        for (int i = 0; i < channels; i++) subscriptions.ChannelSet.Add(new[] { (byte)i });
        for (int i = 0; i < patterns; i++) subscriptions.PatternSet.Add(new[] { (byte)i });
        return subscriptions;
    }
}
