using System.Buffers;
using System.Text;
using Hedge.Resp.Clients;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What a listener's connection does next.</summary>
/// <param name="Command">A command word and names; or a control, in one word.</param>
internal sealed record ListenerAction(params string[] Command);

/// <summary>A message that a listener has got.</summary>
/// <param name="Moment">When.</param>
/// <param name="Kind">message, pmessage or smessage.</param>
/// <param name="Name">The subscription: a channel or a pattern.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Content">The content.</param>
internal sealed record HeardMessage(long Moment, string Kind, string Name, string Channel, string Content);

/// <summary>One subscription of one connection, from its first byte sent to its end.</summary>
internal sealed class HeardSubscription(string kind, string name, long asked)
{
    /// <summary>The kind of its messages.</summary>
    public string Kind => kind;

    public string Name => name;

    /// <summary>When it was asked for, confirmed, and the same for its end.</summary>
    public long Asked => asked;

    /// <inheritdoc cref="Asked"/>
    public long Confirmed { get; set; } = long.MaxValue;

    /// <inheritdoc cref="Asked"/>
    public long EndAsked { get; set; } = long.MaxValue;

    /// <inheritdoc cref="Asked"/>
    public long Ended { get; set; } = long.MaxValue;

    /// <summary>Messages it brought, in order.</summary>
    public List<HeardMessage> Messages { get; } = [];
}

/// <summary>One connection of a listener: all that came over it.</summary>
internal sealed class HeardConnection
{
    public List<HeardSubscription> Subscriptions { get; } = [];

    /// <summary>All messages, in order.</summary>
    public List<HeardMessage> Messages { get; } = [];

    /// <summary>When it was lost, with what was on its way; never for one that holds.</summary>
    public long Lost { get; set; } = long.MaxValue;
}

/// <summary>
/// A client of the simulated server that subscribes, and notes what it gets. It sends a request when the
/// last one is answered.
/// </summary>
internal sealed class SimListener(SimWorld world, int index, int protocol, IEnumerable<ListenerAction> script)
{
    private readonly Queue<ListenerAction> _left = new(script);
    private readonly List<byte> _received = [];
    private readonly Queue<(string Word, string Name)> _awaited = new();
    private SimPipe? _pipe;
    private HeardConnection _now = new();

    /// <summary>All connections so far, in order.</summary>
    public List<HeardConnection> Connections { get; } = [];

    public bool IsConnected => _pipe != null;

    /// <summary>True when the script is done and answered.</summary>
    public bool IsDone => _left.Count == 0 && _awaited.Count == 0;

    /// <summary>True when it has something to do.</summary>
    public bool MayAct => _left.Count > 0 && _awaited.Count == 0;

    /// <summary>True when it reads slowly and more could be read.</summary>
    public bool IsStalled => _pipe is { Window: <= 0 };

    /// <summary>Connects. The world tells the core.</summary>
    public SimPipe Connect()
    {
        SimPipe? own = null;
        own = new SimPipe { Received = bytes => Receive(own!, bytes), Ended = () => End(own!) };
        _now = new HeardConnection();
        Connections.Add(_now);
        _pipe = own;
        if (protocol == 3) Send("HELLO", "", "3");
        return own;
    }

    /// <summary>Does the next thing.</summary>
    public void Act()
    {
        string[] command = _left.Dequeue().Command;
        switch (command[0])
        {
            case "VANISH":
                _pipe!.IsReset = true;
                Lose();
                break;
            case "STALL":
                _pipe!.Window = _pipe.Window == long.MaxValue ? 16 : long.MaxValue;
                break;
            default:
                foreach (string name in command[1..]) Send(command[0], name, name);
                break;
        }
    }

    /// <summary>Reads a little, or, at the end of a run, everything.</summary>
    public void Read(long bytes)
    {
        if (_pipe != null) _pipe.Window = bytes;
    }

    /// <summary>The server is gone, or the connection.</summary>
    public void Lose()
    {
        _pipe = null;
        if (_now.Lost == long.MaxValue) _now.Lost = world.NextMoment();
        _awaited.Clear();
        _received.Clear();
    }

    /// <summary>Does nothing more.</summary>
    public void EndScript() => _left.Clear();

    private void Send(string word, string name, string argument)
    {
        _awaited.Enqueue((word, name));
        string kind = KindOf(word);
        if (word.Contains("UNSUBSCRIBE", StringComparison.Ordinal))
        {
            if (Open(kind, name) is { } ending) ending.EndAsked = world.NextMoment();
        }
        else if (word != "HELLO" && Open(kind, name) == null)
        {
            _now.Subscriptions.Add(new HeardSubscription(kind, name, world.NextMoment()));
        }

        string text = $"*2\r\n${word.Length}\r\n{word}\r\n${argument.Length}\r\n{argument}\r\n";
        _pipe!.Send(Encoding.Latin1.GetBytes(text));
    }

    private void Receive(SimPipe pipe, ReadOnlyMemory<byte> bytes)
    {
        if (pipe != _pipe) return;
        world.Trace(bytes.Span);
        _received.AddRange(bytes.Span);
        RespReader reader = new(new ReadOnlySequence<byte>([.. _received]));
        while (reader.TryRead(out RespValue? value)) Take(value!);
        _received.RemoveRange(0, (int)reader.Consumed);
    }

    private void Take(RespValue value)
    {
        if (_awaited.TryPeek(out (string Word, string Name) asked) && asked.Word == "HELLO")
        {
            _awaited.Dequeue();
            return;
        }

        if (value.Kind != (protocol == 3 ? RespKind.Push : RespKind.Array))
            throw new SimFailureException($"listener {index} got {value}");
        string[] parts = [.. value.Children.Select(child => child.Text)];
        if (!parts[0].EndsWith("message", StringComparison.Ordinal))
        {
            Confirm(parts[0], parts[1]);
            return;
        }

        string name = parts[1], channel = parts[^2];
        HeardMessage message = new(world.NextMoment(), parts[0], name, channel, parts[^1]);
        if (_now.Subscriptions.FindLast(s => s.Kind == parts[0] && s.Name == name && s.Ended == long.MaxValue)
            is not { Confirmed: < long.MaxValue } subscription)
            throw new SimFailureException($"listener {index} is not subscribed to get {message}");
        subscription.Messages.Add(message);
        _now.Messages.Add(message);
        world.Heard(message);
    }

    private void Confirm(string word, string name)
    {
        if (!_awaited.TryDequeue(out (string Word, string Name) asked)
            || !word.Equals(asked.Word, StringComparison.OrdinalIgnoreCase) || name != asked.Name)
            throw new SimFailureException($"listener {index} asked for {asked} and got {word} {name}");
        if (Open(KindOf(asked.Word), name) is not { } subscription) return;
        if (asked.Word.Contains("UNSUBSCRIBE", StringComparison.Ordinal))
            subscription.Ended = world.NextMoment();
        else if (subscription.Confirmed == long.MaxValue) subscription.Confirmed = world.NextMoment();
    }

    private HeardSubscription? Open(string kind, string name) =>
        _now.Subscriptions.Find(s => s.Kind == kind && s.Name == name && s.Ended == long.MaxValue);

    private static string KindOf(string word) => word[0] switch
    {
        'P' => "pmessage",
        'S' when word[1] is 'S' or 'U' && word != "SUBSCRIBE" => "smessage",
        _ => "message",
    };

    private void End(SimPipe pipe)
    {
        if (pipe == _pipe) Lose();
    }
}
