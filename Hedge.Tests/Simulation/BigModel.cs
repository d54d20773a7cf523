using System.Globalization;
using System.Text;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>One collection of each type, as a server should have them, and what whole reads of them
/// answer.</summary>
internal sealed class BigModel(Random random)
{
    private readonly List<string> _list = [];
    private readonly Dictionary<string, string> _hash = [];
    private readonly HashSet<string> _set = [];
    private readonly SortedSet<(double Score, string Member)> _zset =
        new(Comparer<(double Score, string Member)>.Create(static (a, b) => a.Score != b.Score
            ? a.Score.CompareTo(b.Score) : string.CompareOrdinal(a.Member, b.Member)));
    private readonly Dictionary<string, double> _scores = [];
    private readonly List<(int Id, string Value)> _stream = [];
    private int _number;

    /// <summary>Changes a collection, mostly so that it grows.</summary>
    public void Write(SimRequester client)
    {
        switch (random.Next(11))
        {
            case 0 or 1: Push(client); break;
            case 2 or 3: Fields(client); break;
            case 4 or 5: Members(client); break;
            case 6 or 7: Scores(client); break;
            case 8: Entries(client); break;
            case 9 when _list.Count > 10: Pop(client); break;
            default: Remove(client); break;
        }
    }

    /// <summary>Changes a collection, or does worse to it.</summary>
    public void Disturb(SimRequester client)
    {
        string key = new[] { "list", "hash", "set", "zset", "stream" }[random.Next(5)];
        switch (random.Next(7))
        {
            case 0: Forget(client, $"DEL {key}", key); break;
            case 1: Forget(client, $"RENAME {key} {{{key}}}other", key); break;
            case 2: Forget(client, $"SET {key} text", key); client.Call($"DEL {key}"); break;
            case 3: Forget(client, "FLUSHALL", "list", "hash", "set", "zset", "stream"); break;
            case 4: Forget(client, $"PEXPIRE {key} -1", key); break;
            default: Write(client); break;
        }
    }

    /// <summary>The parts of the answer to a read; those between "{" and "}" are in any order.</summary>
    public string[] Answer(string read, int protocol)
    {
        string[] words = read.Split(' ');
        List<string> all = [];
        switch (words[0])
        {
            case "LRANGE":
                int from = words[2] == "0" ? 0 : 7, to = words[2] == "0" ? _list.Count : _list.Count - 4;
                string[] some = [.. _list.Skip(from).Take(Math.Max(0, to - from))];
                return [$"*{some.Length}\r\n", .. some.Select(Bulk)];
            case "HGETALL":
                string head = protocol == 3 ? $"%{_hash.Count}\r\n" : $"*{2 * _hash.Count}\r\n";
                return [head, "{", .. _hash.Select(f => Bulk(f.Key) + Bulk(f.Value))];
            case "HKEYS": return [$"*{_hash.Count}\r\n", "{", .. _hash.Keys.Select(Bulk)];
            case "HVALS": return [$"*{_hash.Count}\r\n", "{", .. _hash.Values.Select(Bulk)];
            case "SMEMBERS":
                return [$"{(protocol == 3 ? '~' : '*')}{_set.Count}\r\n", "{", .. _set.Select(Bulk)];
            case "XRANGE" or "XREVRANGE":
                if (words[0] == "XRANGE") all = [.. _stream.Select(Entry)];
                else all = [.. Enumerable.Reverse(_stream).Select(Entry)];
                return [$"*{all.Count}\r\n", .. all];
            case "XREAD":
                if (_stream.Count == 0) return [protocol == 3 ? "_\r\n" : "*-1\r\n"];
                string outer = protocol == 3 ? "%1\r\n" : "*1\r\n*2\r\n";
                return [$"{outer}{Bulk("stream")}*{_stream.Count}\r\n", .. _stream.Select(Entry)];
            default: return Range(words, protocol);
        }
    }

    /// <summary>Fails unless a reply is such an answer.</summary>
    public static void Check(string[] expected, string reply, string context)
    {
        int any = Array.IndexOf(expected, "{");
        if (any < 0)
        {
            Assert.That(reply, Is.EqualTo(string.Concat(expected)), context);
            return;
        }

        string head = string.Concat(expected[..any]);
        Assert.That(reply, Does.StartWith(head), context);
        string[] parts = expected[(any + 1)..];
        List<string> got = [];
        int bulks = parts.Length == 0 ? 1 : parts[0].Split("\r\n").Length / 2;
        for (int at = head.Length; at < reply.Length;)
        {
            int begin = at;
            for (int i = 0; i < bulks; i++)
            {
                int end = reply.IndexOf("\r\n", at, StringComparison.Ordinal);
                at = end + 4 + int.Parse(reply.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture);
            }

            got.Add(reply[begin..at]);
        }

        Assert.That(got.Order(StringComparer.Ordinal), Is.EqualTo(parts.Order(StringComparer.Ordinal)),
            context);
    }

    private string[] Range(string[] words, int protocol)
    {
        List<(double Score, string Member)> members = [.. _zset];
        bool withScores = words[^1] == "WITHSCORES";
        if (words[0] == "ZREVRANGE") members.Reverse();
        else if (words[0] == "ZRANGEBYSCORE") members = [.. members.Where(m => m.Score is >= 3 and <= 20)];
        else if (words[^1] == "REV")
        {
            members.Reverse();
            members = [.. members.Skip(2).Take(Math.Max(0, members.Count - 3))];
        }

        int count = members.Count * (withScores && protocol == 2 ? 2 : 1);
        return [$"*{count}\r\n", .. members.Select(m => !withScores ? Bulk(m.Member)
            : protocol == 2 ? Bulk(m.Member) + Bulk(Text(m.Score))
            : $"*2\r\n{Bulk(m.Member)},{Text(m.Score)}\r\n")];
    }

    private void Push(SimRequester client)
    {
        string[] values = Some();
        _list.AddRange(values);
        client.Call("RPUSH list " + string.Join(' ', values));
    }

    private void Pop(SimRequester client)
    {
        int count = random.Next(1, 8);
        _list.RemoveRange(0, count);
        client.Call($"LPOP list {count}");
    }

    private void Fields(SimRequester client)
    {
        StringBuilder line = new("HSET hash");
        foreach (string value in Some())
        {
            string field = random.Next(4) == 0 && _hash.Count > 0 ? _hash.Keys.First() : $"f{value}";
            _hash[field] = value;
            line.Append(CultureInfo.InvariantCulture, $" {field} {value}");
        }

        client.Call(line.ToString());
    }

    private void Members(SimRequester client)
    {
        string[] values = Some();
        _set.UnionWith(values);
        client.Call("SADD set " + string.Join(' ', values));
    }

    private void Scores(SimRequester client)
    {
        StringBuilder line = new("ZADD zset");
        foreach (string value in Some())
        {
            string member = random.Next(4) == 0 && _scores.Count > 0 ? _scores.Keys.First() : value;
            double score = random.Next(30);
            if (_scores.TryGetValue(member, out double old)) _zset.Remove((old, member));
            _scores[member] = score;
            _zset.Add((score, member));
            line.Append(CultureInfo.InvariantCulture, $" {Text(score)} {member}");
        }

        client.Call(line.ToString());
    }

    private void Entries(SimRequester client)
    {
        foreach (string value in Some())
        {
            _stream.Add((++_number, value));
            client.Call($"XADD stream {_number}-1 f {value}");
        }
    }

    private void Remove(SimRequester client)
    {
        if (_hash.Count > 0)
        {
            string field = _hash.Keys.First();
            _hash.Remove(field);
            client.Call($"HDEL hash {field}");
        }

        if (_set.Count > 0)
        {
            string member = _set.First();
            _set.Remove(member);
            client.Call($"SREM set {member}");
        }

        if (_zset.Count > 0)
        {
            (double Score, string Member) first = _zset.Min;
            _zset.Remove(first);
            _scores.Remove(first.Member);
            client.Call($"ZREM zset {first.Member}");
        }
    }

    private void Forget(SimRequester client, string line, params string[] keys)
    {
        client.Call(line);
        foreach (string key in keys)
        {
            if (key == "list") _list.Clear();
            else if (key == "hash") _hash.Clear();
            else if (key == "set") _set.Clear();
            else if (key == "stream") _stream.Clear();
            else
            {
                _zset.Clear();
                _scores.Clear();
            }
        }
    }

    // Some are longer than a node.
    private string[] Some() => [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ =>
        $"v{++_number}" + new string('x', random.Next(20) == 0 ? random.Next(600) : random.Next(8)))];

    private static string Entry((int Id, string Value) entry) =>
        $"*2\r\n{Bulk($"{entry.Id}-1")}*2\r\n{Bulk("f")}{Bulk(entry.Value)}";

    private static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";

    private static string Text(double score) => score.ToString(CultureInfo.InvariantCulture);
}
