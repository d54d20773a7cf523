using System.Net;
using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>A simulated connection as the network sees it:
/// what each side has sent and the other has not taken.</summary>
internal sealed class SimPipe
{
    private readonly Queue<byte[]> _toServer = new();

    /// <summary>Hears what the server has sent, at once.</summary>
    public required Action<ReadOnlyMemory<byte>> Received { get; init; }

    /// <summary>Hears that the server has closed.</summary>
    public required Action Ended { get; init; }

    /// <summary>How many more bytes the client's socket takes; it grows as the client reads.</summary>
    public long Window { get; set; } = long.MaxValue;

    /// <summary>The client sends nothing more.</summary>
    public bool IsHalfClosed { get; set; }

    /// <summary>The client has vanished: what is under way is lost.</summary>
    public bool IsReset { get; set; }

    /// <summary>Bytes that the server has not received.</summary>
    public bool HasBytes => _toServer.Count > 0 && !IsReset;

    /// <summary>The client sends bytes, which stay together.</summary>
    public void Send(byte[] bytes) => _toServer.Enqueue(bytes);

    /// <summary>The next bytes to arrive at the server.</summary>
    public byte[] Take(bool all)
    {
        byte[] first = _toServer.Dequeue();
        if (!all || _toServer.Count == 0) return first;
        List<byte> whole = [.. first];
        while (_toServer.TryDequeue(out byte[]? next)) whole.AddRange(next);
        return [.. whole];
    }
}

/// <summary>The server's end of a pipe that no core has adopted yet.</summary>
internal sealed class SimSocket(SimPipe pipe, bool isEncrypted = false) : AcceptedSocket
{
    public SimPipe Pipe => pipe;

    public override EndPoint Remote { get; } = new IPEndPoint(IPAddress.Loopback, 40_000);

    public override EndPoint Local { get; } = new IPEndPoint(IPAddress.Loopback, 6379);

    public override bool IsEncrypted => isEncrypted;

    public override int Descriptor => -1;

    public override void Refuse(ReadOnlySpan<byte> reason)
    {
        pipe.Received(reason.ToArray());
        Dispose();
    }

    public override void Dispose() => pipe.Ended();
}

/// <summary>Where the simulated clients arrive.</summary>
internal sealed class SimListeningSocket(ListenAddress address) : ListeningSocket(address, address.EndPoint)
{
    protected override void Close()
    {
    }
}
