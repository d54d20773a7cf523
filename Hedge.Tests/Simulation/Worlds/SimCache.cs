using System.Buffers;
using System.Globalization;
using System.Text;
using Hedge.Resp.Clients;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// A client of the simulated server that keeps copies of what it reads, and drops them when it is told to
/// (CLIENT TRACKING). It sends requests without waiting for the replies of those before.
/// </summary>
/// <remarks>
/// Where values are numbers that only grow, by one with each write, it checks at every reply and at every use
/// of a copy that the value is no older than the writes that it was told of: as many as it was told of, for a
/// client that is told of each write once at most.
/// </remarks>
internal sealed class SimCache
{
    private readonly SimPipe _pipe;
    private readonly List<byte> _received = [];
    private readonly Queue<Action<RespValue>> _awaited = new();
    private readonly Dictionary<string, string?> _copies = [];
    private readonly Dictionary<string, long> _told = [];
    private readonly bool _grows;
    private readonly bool _isNoLoop;

    /// <param name="world">Where it lives.</param>
    /// <param name="core">The core of its connection.</param>
    /// <param name="tracking">Words behind CLIENT TRACKING ON.</param>
    /// <param name="grows">Whether values only grow.</param>
    public SimCache(SimWorld world, int core, string tracking, bool grows)
    {
        _grows = grows && !tracking.Contains("BCAST", StringComparison.Ordinal);
        _isNoLoop = tracking.Contains("NOLOOP", StringComparison.Ordinal);
        string[] words = tracking.Split(' ');
        Prefixes = [.. words.Skip(1).Where((_, i) => words[i] == "PREFIX")];
        _pipe = new SimPipe { Received = Receive, Ended = () => IsClosed = true };
        foreach (SimCore each in world.Server!.Cores)
            each.Loop.Connections.BusyShare = each.Loop.Index == core ? 0 : 1;
        world.Server.Cores[0].Io.Sockets.Arrive(new SimSocket(_pipe));
        Send("HELLO 3", _ => { });
        Send($"CLIENT TRACKING ON {tracking}".TrimEnd(), reply => Check(reply.Text == "OK", reply));
    }

    public bool IsClosed { get; private set; }

    /// <summary>Prefixes of the keys that it is told of; none for all keys.</summary>
    public IReadOnlyList<string> Prefixes { get; }

    /// <summary>Replies still to come.</summary>
    public int Awaited => _awaited.Count;

    /// <summary>What it has a copy of.</summary>
    public IReadOnlyDictionary<string, string?> Copies => _copies;

    /// <summary>How often it was told of something.</summary>
    public long Messages { get; private set; }

    /// <summary>How often it used a copy.</summary>
    public long Hits { get; private set; }

    /// <summary>Reads a key, from its copy if there is one.</summary>
    public void Read(string key)
    {
        if (_copies.TryGetValue(key, out string? copy))
        {
            Hits++;
            CheckAge(key, copy);
            return;
        }

        Send($"GET {key}", reply => Keep(key, reply));
    }

    /// <summary>Reads keys, whatever it has.</summary>
    public void ReadAll(params string[] keys) => Send($"MGET {string.Join(' ', keys)}", reply =>
    {
        for (int i = 0; i < keys.Length; i++) Keep(keys[i], reply[i]);
    });

    /// <summary>Reads a key in a transaction in which it writes a key as well.</summary>
    public void ReadAndWrite(string key, string written)
    {
        Send("MULTI", _ => { });
        Send($"GET {key}", _ => { });
        Send($"INCR {written}", _ => { });
        Send("EXEC", reply =>
        {
            if (reply.Children.Count == 2) Keep(key, reply[0]);
            NoteWritten(written);
        });
    }

    /// <summary>Reads a key in a script which then writes it.</summary>
    public void ReadInScript(string key, bool writes)
    {
        string code = writes
            ? "local v = redis.call('GET', KEYS[1]) redis.call('INCR', KEYS[1]) return v"
            : "return redis.call('GET', KEYS[1])";
        Send(["EVAL", code, "1", key], reply =>
        {
            Keep(key, reply);
            if (writes) NoteWritten(key);
        });
    }

    /// <summary>Writes a key, argument 1.</summary>
    public void Write(string line) => Send(line, _ => NoteWritten(line.Split(' ')[1]));

    // It is not told of its own writes.
    private void NoteWritten(string key)
    {
        if (_isNoLoop) _copies.Remove(key);
    }

    private void Keep(string key, RespValue reply)
    {
        if (reply.IsError) return;
        string? value = reply.IsNull ? null : reply.Text;
        _copies[key] = value;
        CheckAge(key, value);
    }

    private void CheckAge(string key, string? value)
    {
        if (!_grows) return;
        long number = value == null ? 0 : long.Parse(value, CultureInfo.InvariantCulture);
        if (number < _told.GetValueOrDefault(key))
            throw new SimFailureException($"{key} is {number}, after {_told[key]} messages");
    }

    private void Send(string line, Action<RespValue> reply) => Send(line.Split(' '), reply);

    private void Send(string[] words, Action<RespValue> reply)
    {
        _awaited.Enqueue(reply);
        StringBuilder text = new($"*{words.Length}\r\n");
        foreach (string word in words) text.Append($"${word.Length}\r\n{word}\r\n");
        _pipe.Send(Encoding.Latin1.GetBytes(text.ToString()));
    }

    private void Receive(ReadOnlyMemory<byte> bytes)
    {
        _received.AddRange(bytes.Span);
        RespReader reader = new(new ReadOnlySequence<byte>([.. _received]));
        while (reader.TryRead(out RespValue? value))
        {
            if (value!.Kind == RespKind.Push) Drop(value);
            else _awaited.Dequeue()(value);
        }

        _received.RemoveRange(0, (int)reader.Consumed);
    }

    private void Drop(RespValue push)
    {
        Check(push[0].Text == "invalidate", push);
        Messages++;
        if (push[1].IsNull)
        {
            _copies.Clear();
            return;
        }

        foreach (RespValue key in push[1].Children)
        {
            _copies.Remove(key.Text);
            _told[key.Text] = _told.GetValueOrDefault(key.Text) + 1;
        }
    }

    private static void Check(bool holds, RespValue got)
    {
        if (!holds) throw new SimFailureException($"a cache has got {got}");
    }
}
