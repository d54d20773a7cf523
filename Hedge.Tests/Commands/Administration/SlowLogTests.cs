using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Administration;

[TestFixture]
[Category("fast")]
public sealed class SlowLogTests
{
    private CommandHarness _hedge = null!;

    [SetUp]
    public void Start()
    {
        SettingsReading reading = SettingSources.Read(["--cores", "2"], new Dictionary<string, string>(),
            "/");
        _hedge = new CommandHarness(server: new Server(AllCommands.Table(),
            new SettingStore(reading.Settings!, null)));
        _hedge.Run("PING");
    }

    [TearDown]
    public void Stop() => _hedge.Dispose();

    [Test]
    public void Entries_of_all_cores_are_shown_newest_first()
    {
        _hedge.Session.Name = "me";
        for (int i = 0; i < 6; i++) Append(i % 2, 1000 + i, "GET", $"key{i}");
        long seconds = _hedge.Databases.NowMilliseconds / 1000;
        const string client = "$15\r\n127.0.0.1:50000\r\n$2\r\nme\r\n";
        Assert.That(_hedge.Run("SLOWLOG GET 2"), Is.EqualTo("*2\r\n"
            + $"*6\r\n:5\r\n:{seconds}\r\n:1005\r\n*2\r\n$3\r\nGET\r\n$4\r\nkey5\r\n{client}"
            + $"*6\r\n:4\r\n:{seconds}\r\n:1004\r\n*2\r\n$3\r\nGET\r\n$4\r\nkey4\r\n{client}"));
        Assert.That(_hedge.Run("SLOWLOG LEN"), Is.EqualTo(":6\r\n"));
        Assert.That(_hedge.Run("SLOWLOG GET"), Does.StartWith("*6\r\n"));
        Assert.That(_hedge.Run("SLOWLOG RESET"), Is.EqualTo("+OK\r\n"));
        Assert.That(_hedge.Run("SLOWLOG LEN"), Is.EqualTo(":0\r\n"));
    }

    [Test]
    public void The_log_is_as_long_as_its_setting_over_all_cores()
    {
        _hedge.Run("CONFIG SET slowlog-max-len 3");
        for (int i = 0; i < 10; i++) Append(i % 2, i, "GET", "a");
        Assert.That(_hedge.Run("SLOWLOG LEN"), Is.EqualTo(":3\r\n"));
        Assert.That(_hedge.Run("SLOWLOG GET -1"), Does.StartWith("*3\r\n*6\r\n:9\r\n"));
        Assert.That(_hedge.Server.Statistics.Cores[0].SlowLog.Entries, Has.Count.EqualTo(3));
    }

    [Test]
    public void Long_commands_are_shortened()
    {
        SlowLogEntry entry = Append(0, 1, ["MSET", new string('x', 200), .. Enumerable.Repeat("y", 50)]);
        string[] words = [.. entry.Arguments.Select(a => Encoding.ASCII.GetString(a.Span))];
        Assert.That(words, Has.Length.EqualTo(SlowLog.ArgumentsMax));
        Assert.That(words[1], Is.EqualTo(new string('x', SlowLog.ArgumentBytesMax) + "... (72 more bytes)"));
        Assert.That(words[^1], Is.EqualTo("... (21 more arguments)"));
    }

    [TestCase("AUTH secret", "AUTH (redacted)")]
    [TestCase("AUTH user secret", "AUTH (redacted) (redacted)")]
    [TestCase("HELLO 3 AUTH user secret SETNAME me", "HELLO 3 AUTH (redacted) (redacted) SETNAME me")]
    [TestCase("HELLO 3 SETNAME auth AUTH user secret", "HELLO 3 SETNAME auth AUTH (redacted) (redacted)")]
    [TestCase("HELLO 3 SETNAME me", "HELLO 3 SETNAME me")]
    [TestCase("CONFIG SET timeout 3 RequirePass secret hz 9",
        "CONFIG SET timeout 3 RequirePass (redacted) hz 9")]
    [TestCase("CONFIG SET timeout requirepass hz 9", "CONFIG SET timeout requirepass hz 9")]
    [TestCase("GET secret", "GET secret")]
    public void Passwords_are_hidden(string line, string shown)
    {
        SlowLogEntry entry = Append(0, 1, line.Split(' '));
        Assert.That(string.Join(' ', entry.Arguments.Select(a => Encoding.ASCII.GetString(a.Span))),
            Is.EqualTo(shown));
    }

    // Puts the words into the context as the executor does, and logs them as slow.
    private unsafe SlowLogEntry Append(int core, long microseconds, params string[] words)
    {
        var context = _hedge.Context;
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(words));
        SlowLog log = _hedge.Server.Statistics.Cores[core].SlowLog;
        var command = _hedge.Server.Commands.Find(Encoding.ASCII.GetBytes(words[0]))!;
        context.Request = new Request
        {
            Command = command.FindSubcommand(Encoding.ASCII.GetBytes(words[1])) ?? command,
        };
        context.Request.Reserve(words.Length);
        // SAFETY: the words stay pinned until the log has copied them.
        fixed (byte* start = bytes)
        {
            int offset = 0;
            for (int i = 0; i < words.Length; i++)
            {
                context.Request.SetArgument(i, start + offset, words[i].Length);
                offset += words[i].Length;
            }

            log.Append(context.Request, _hedge.Session, _hedge.Server.Statistics.NextSlowLogId(),
                _hedge.Databases.NowMilliseconds, microseconds,
                _hedge.Server.Settings.Current.SlowlogMaxLength);
        }

        return log.Entries.Last();
    }
}
