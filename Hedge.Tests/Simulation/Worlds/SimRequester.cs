using System.Text;
using Hedge.Tests.Commands;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>A client of a simulated server that sends any bytes and counts the replies, whatever they
/// say.</summary>
internal sealed class SimRequester
{
    private const int StepsMax = 20_000;

    private readonly SimWorld _world;
    private readonly SimPipe _pipe;
    private readonly List<byte> _received = [];

    public SimRequester(SimWorld world, int core = 0)
    {
        _world = world;
        _pipe = new SimPipe
        {
            Received = bytes => _received.AddRange(bytes.Span),
            Ended = () => IsClosed = true,
        };
        // The acceptor takes the calmest core.
        foreach (SimCore each in world.Server!.Cores)
            each.Loop.Connections.BusyShare = each.Loop.Index == core ? 0 : 1;
        world.Server.Cores[0].Io.Sockets.Arrive(new SimSocket(_pipe));
    }

    /// <summary>True when the server has closed the connection.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>How many more bytes the client takes.</summary>
    public long Window
    {
        get => _pipe.Window;
        set => _pipe.Window = value;
    }

    /// <summary>Sends bytes as one piece.</summary>
    public void Send(byte[] bytes) => _pipe.Send(bytes);

    /// <summary>Sends a request.</summary>
    public void Send(IReadOnlyList<byte[]> arguments)
    {
        using MemoryStream bytes = new();
        bytes.Write(Encoding.ASCII.GetBytes($"*{arguments.Count}\r\n"));
        foreach (byte[] argument in arguments)
        {
            bytes.Write(Encoding.ASCII.GetBytes($"${argument.Length}\r\n"));
            bytes.Write(argument);
            bytes.Write("\r\n"u8);
        }

        _pipe.Send(bytes.ToArray());
    }

    /// <summary>Sends a request of words and waits for its reply, as text with "|" for the ends of
    /// lines.</summary>
    public string Call(string line)
    {
        Send([.. line.Split(' ').Select(Encoding.Latin1.GetBytes)]);
        return ReplyReader.Show(Read());
    }

    /// <summary>Steps the world until a whole reply is there, and takes it. Empty when the server closes
    /// instead.</summary>
    public byte[] Read()
    {
        for (int i = 0; i < StepsMax; i++)
        {
            byte[] bytes = [.. _received];
            int length = bytes.Length == 0 ? -1 : ReplyReader.LengthOf(bytes);
            if (length > 0)
            {
                _received.RemoveRange(0, length);
                return bytes[..length];
            }

            if (IsClosed) return [];
            int before = _received.Count;
            for (int step = 0; step < 100 && _received.Count == before && !IsClosed; step++) _world.Step();
        }

        throw new SimFailureException("no reply");
    }

    /// <summary>Steps the world for a while and forgets what comes.</summary>
    public void Ignore(int steps)
    {
        for (int i = 0; i < steps; i++) _world.Step();
        _received.Clear();
    }

    /// <summary>The client vanishes.</summary>
    public void Vanish() => _pipe.IsReset = true;
}
