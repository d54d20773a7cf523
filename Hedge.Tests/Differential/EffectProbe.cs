using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hedge.Tests.Differential;

/// <summary>What commands cause on one server beside their replies: its keyspace events, and the changes of
/// its INFO counters.</summary>
internal sealed class EffectProbe : IDisposable
{
    private const string Marker = "end-of-effects";

    private static readonly Regex Parts = new("(calls|rejected_calls|failed_calls|count)=([0-9]+)");

    private static readonly string[] Counters =
    [
        "total_commands_processed", "expired_keys", "evicted_keys", "keyspace_hits", "keyspace_misses",
        "total_error_replies",
    ];

    private readonly ReplyPipe _control;
    private readonly ReplyPipe _events;
    private Dictionary<string, long> _before;

    /// <summary>Turns all events on and begins to listen.</summary>
    public EffectProbe(int port)
    {
        _control = new ReplyPipe(port);
        _events = new ReplyPipe(port);
        _control.Run("CONFIG SET notify-keyspace-events KEAnm");
        _events.Run("PSUBSCRIBE __key*");
        _events.Run($"SUBSCRIBE {Marker}");
        _before = Read();
    }

    /// <summary>What has happened since the last call, one line each: events in their order, then counters
    /// that have changed.</summary>
    public (List<string> Events, SortedDictionary<string, long> Changes) Take()
    {
        // What other cores have to tell comes before their part of the answer to this.
        _control.Run("DBSIZE");
        _control.Run($"PUBLISH {Marker} x");
        var events = new List<string>();
        while (true)
        {
            string next = Encoding.Latin1.GetString(_events.Next());
            if (next.Contains(Marker, StringComparison.Ordinal)) break;
            string[] lines = next.Split("\r\n");
            events.Add(string.Join(' ', lines.Where((_, i) => i % 2 == 0).Skip(3)));
        }

        Dictionary<string, long> now = Read();
        var changes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach ((string name, long value) in now)
        {
            long change = value - _before.GetValueOrDefault(name);
            if (change != 0) changes[name] = change;
        }

        _before = now;
        return (events, changes);
    }

    public void Dispose()
    {
        _control.Dispose();
        _events.Dispose();
    }

    private Dictionary<string, long> Read()
    {
        var values = new Dictionary<string, long>();
        string text = Encoding.Latin1.GetString(_control.Run("INFO everything"));
        foreach (string line in text.Split("\r\n"))
        {
            string[] pair = line.Split(':', 2);
            if (pair.Length < 2) continue;
            bool isCommand = pair[0].StartsWith("cmdstat_", StringComparison.Ordinal);
            bool isError = pair[0].StartsWith("errorstat_", StringComparison.Ordinal);
            if (!isCommand && !isError)
            {
                if (Counters.Contains(pair[0])) values[pair[0]] = Number(pair[1]);
                continue;
            }

            foreach (Match match in Parts.Matches(pair[1]))
                values[$"{pair[0]}.{match.Groups[1].Value}"] = Number(match.Groups[2].Value);
        }

        return values;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
