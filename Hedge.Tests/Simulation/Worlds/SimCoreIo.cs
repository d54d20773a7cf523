using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>One core's outside: a simulated disk's queue, simulated connections,
/// and a sleep that the world steps.</summary>
internal sealed class SimCoreIo(IClock clock, SimDiskQueue queue, IDiskQueue shown, SimSeed seed) : ICoreIo
{
    /// <summary>The disk queue as the core sees it; a test may have put something between.</summary>
    public IDiskQueue Disk => shown;

    public ITransport Transport => Sockets;

    /// <summary>The core's connections.</summary>
    public SimTransport Sockets { get; } = new(seed);

    /// <summary>Somebody has called <see cref="Wake"/> since the last sleep.</summary>
    public bool IsWoken { get; private set; }

    /// <summary>True when the core would not sleep now, or is to be woken.</summary>
    public bool HasEvents =>
        IsWoken || Sockets.HasEvents || queue.NextReadyMicroseconds <= clock.MonotonicMicroseconds;

    /// <summary>When the next disk operation is ready, or null.</summary>
    public long? NextReadyMicroseconds => queue.NextReadyMicroseconds;

    public int Poll(ITransportHandler handler) => queue.Poll() + Sockets.Deliver(handler);

    public void Submit() => Sockets.Send();

    public void Wait(long timeoutMicroseconds, int events = 1)
    {
        Sockets.Send();
        IsWoken = false;
    }

    public void Wake() => IsWoken = true;

    public void Dispose() => Sockets.Dispose();
}
