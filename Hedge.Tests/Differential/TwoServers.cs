using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>
/// Runs steps of several named clients on Hedge and on redis-server. After each step all clients of both must
/// have got the same: replies, and messages in their order.
/// <code>
/// steps = step *( LF step )
/// step  = client " " line *( " ;; " line ) / client " await " line " -> " reply
///         sent at once / sent again until the reply is that
///         "@" client in a line is that client's number
/// </code>
/// </summary>
internal sealed class TwoServers : IDisposable
{
    private const string Marker = "end-of-step";
    private const int TriesMax = 2000;
    private const int MarkersMax = 500;

    private readonly ServerPair _pair;
    private readonly int _protocol;
    private readonly SortedDictionary<string, (ReplyPipe Redis, ReplyPipe Hedge)> _clients = [];
    private readonly HashSet<string> _queueing = [];
    private readonly Dictionary<ReplyPipe, string> _numbers = [];
    private readonly SpreadClients _spread;

    /// <summary>Clients of a protocol, on the server's cores in turn.</summary>
    public TwoServers(ServerPair pair, int cores, int protocol)
    {
        _pair = pair;
        _protocol = protocol;
        _spread = new SpreadClients(pair.Hedge.Port, cores);
        foreach (int port in (int[])[pair.Redis.Port, pair.Hedge.Port])
        {
            using var pipe = new ReplyPipe(port);
            pipe.Run("FLUSHALL");
        }
    }

    /// <summary>Runs steps, one per line.</summary>
    public void Run(string steps)
    {
        foreach (string step in steps.Split('\n', StringSplitOptions.TrimEntries)) RunOne(step);
    }

    private void RunOne(string step)
    {
        int space = step.IndexOf(' ', StringComparison.Ordinal);
        (ReplyPipe redis, ReplyPipe hedge) = Client(step[..space]);
        string line = step[(space + 1)..];
        if (line.StartsWith("await ", StringComparison.Ordinal))
        {
            string[] parts = line["await ".Length..].Split(" -> ");
            Await(redis, parts[0], parts[1], step);
            Await(hedge, parts[0], parts[1], step);
        }
        else
        {
            redis.Send(Requests(line, clients => clients.Redis));
            hedge.Send(Requests(line, clients => clients.Hedge));
            Follow(step[..space], line);
        }

        // Whoever has sent the step has its reply first, in both.
        string sender = step[..space];
        Compare(sender, step);
        foreach (string name in _clients.Keys.Where(name => name != sender)) Compare(name, step);
    }

    /// <summary>Messages that clients have got beside their replies.</summary>
    public long Messages { get; private set; }

    private byte[][][] Requests(string lines, Func<(ReplyPipe Redis, ReplyPipe Hedge), ReplyPipe> server) =>
        [.. lines.Split(" ;; ").Select(line => CommandLine.Split(string.Join(' ', line.Split(' ')
            .Select(word => word.StartsWith('@') ? NumberOf(word[1..], server) : word))))];

    private string NumberOf(string name, Func<(ReplyPipe Redis, ReplyPipe Hedge), ReplyPipe> server) =>
        _numbers[server(Client(name))];

    /// <summary>Redis has sent everything before the answer to a marker; Hedge must send the same, in its own
    /// time, and nothing more.</summary>
    private void Compare(string name, string step)
    {
        (ReplyPipe redis, ReplyPipe hedge) = _clients[name];
        if (_queueing.Contains(name))
        {
            // A marker would be queued. Who has sent the step gets one reply.
            if (step.StartsWith(name + " ", StringComparison.Ordinal))
            {
                string queued = ReplyReader.Show(redis.Next());
                Assert.That(ReplyReader.Show(hedge.Next()), Is.EqualTo(queued), step);
            }

            return;
        }

        redis.Send([CommandLine.Split("PING " + Marker)]);
        var expected = new List<string>();
        byte[] reply;
        while (!IsMarker(reply = redis.Next())) expected.Add(ReplyReader.Show(reply));
        bool isSender = step.StartsWith(name + " ", StringComparison.Ordinal);
        Messages += Math.Max(0, isSender ? expected.Count - 1 : expected.Count);
        var actual = new List<string>();
        byte[] end = [];
        // Events from other cores may come a little later: then it is asked again.
        for (int i = 0; i == 0 || (actual.Count < expected.Count && i < MarkersMax); i++)
        {
            if (i > 0) Thread.Sleep(1);
            hedge.Send([CommandLine.Split("PING " + Marker)]);
            while (!IsMarker(end = hedge.Next())) actual.Add(ReplyReader.Show(end));
        }

        Assert.That(actual, Is.EqualTo(expected), $"client {name} after: {step}");
        Assert.That(ReplyReader.Show(end), Is.EqualTo(ReplyReader.Show(reply)), $"PING after: {step}");
    }

    private void Follow(string name, string line)
    {
        if (line == "MULTI") _queueing.Add(name);
        else if (line is "EXEC" or "DISCARD" or "RESET") _queueing.Remove(name);
    }

    private static bool IsMarker(byte[] reply) =>
        reply.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Marker)) >= 0;

    private static void Await(ReplyPipe pipe, string line, string reply, string step)
    {
        for (int i = 0; i < TriesMax; i++)
        {
            string actual = ReplyReader.Show(pipe.Run(line)).TrimEnd('|');
            if (actual == reply || (reply == "NIL" && actual is "$-1" or "_")) return;
            Thread.Sleep(1);
        }

        Assert.Fail("does not come true: " + step);
    }

    private (ReplyPipe Redis, ReplyPipe Hedge) Client(string name)
    {
        if (_clients.TryGetValue(name, out (ReplyPipe, ReplyPipe) known)) return known;
        (ReplyPipe Redis, ReplyPipe Hedge) made = (new(_pair.Redis.Port), new(_pair.Hedge.Port));
        made.Redis.Run($"HELLO {_protocol}");
        made.Hedge.Run($"HELLO {_protocol}");
        foreach (ReplyPipe pipe in (ReplyPipe[])[made.Redis, made.Hedge])
            _numbers.Add(pipe, Encoding.ASCII.GetString(pipe.Run("CLIENT ID")).Trim(':', '\r', '\n'));
        _clients.Add(name, made);
        return made;
    }

    public void Dispose()
    {
        _spread.Dispose();
        foreach ((ReplyPipe redis, ReplyPipe hedge) in _clients.Values)
        {
            redis.Dispose();
            hedge.Dispose();
        }
    }
}
