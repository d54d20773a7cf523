using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

/// <summary>Keyspace events: a RESP3 connection gets its own commands' events as pushes before or after the
/// reply.</summary>
[TestFixture]
[Category("diff")]
public sealed class EventOracleTests : OracleFixture
{
    private const string Five = "\"\\x00\\xc0\\x05\\x0a\\x00\\x63\\x2f\\x5f\\x66\\x83\\x2f\\xb3\\x51\"";

    [Test]
    public void Events_are_those_of_redis()
    {
        Reset(3, missesFirst: true);
        Redis.Run("CONFIG SET notify-keyspace-events AEn");
        Redis.Run("SET a 1");
        Hedge.Run("SET a 1");
        Redis.Run("PSUBSCRIBE __keyevent@*");
        string[] lines =
        [
            "COPY a b", "COPY a b", "COPY a b REPLACE", "COPY a a DB 3", "DEL none", "DEL a a", "UNLINK b b",
            $"RESTORE a 0 {Five}", "EXPIRE a 100", "EXPIRE a 50 GT", "PERSIST a", "PERSIST a", "EXPIRE a -1",
            $"RESTORE a 0 {Five}", $"RESTORE a 0 {Five} REPLACE", $"RESTORE a 1 {Five} REPLACE ABSTTL",
            $"RESTORE a 1 {Five} REPLACE ABSTTL", $"RESTORE a 100000 {Five}", $"RESTORE b 0 {Five}",
            "RENAME a a", "RENAME a b",
            "RENAMENX b b", "RENAMENX b c", "RENAME none a", "MOVE c 5", "MOVE c 5", $"RESTORE c 0 {Five}",
            "MOVE c 5",
            "PEXPIREAT c 1", "EXPIREAT c 1", "TOUCH c", "TTL c", "DUMP c", "COPY none c",
        ];
        foreach (string line in lines)
        {
            Hedge.Events.Clear();
            Hedge.Databases.NowMilliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            byte[] actual = Hedge.Execute(CommandLine.Split(line));
            Redis.Send(CommandLine.Split(line));
            Redis.Send(CommandLine.Split("PING"));
            List<string> events = ReceiveEvents(out byte[] expected);
            events.AddRange(ReceiveEvents(out _));
            Assert.That(ReplyReader.Show(actual), Is.EqualTo(ReplyReader.Show(expected)), line);
            Assert.That(Hedge.Events, Is.EqualTo(events), line);
        }
    }

    // >4 pmessage, the pattern, __keyevent@N__:event, the key.
    private List<string> ReceiveEvents(out byte[] reply)
    {
        var events = new List<string>();
        while (true)
        {
            reply = Redis.Receive();
            if (reply[0] != '>') return events;
            string[] parts = Encoding.Latin1.GetString(reply).Split("\r\n");
            string channel = parts[6];
            string database = channel["__keyevent@".Length..channel.IndexOf("__:", StringComparison.Ordinal)];
            string name = channel[(channel.IndexOf("__:", StringComparison.Ordinal) + 3)..];
            events.Add($"{name} {parts[8]}{(database == "0" ? "" : $" @{database}")}");
        }
    }
}
