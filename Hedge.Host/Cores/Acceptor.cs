using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>
/// Decides which core gets a new connection. Connections are packed on the fewest cores, since handing a
/// command to another core costs more than it saves: a core gets connections until it is busy,
/// then the next one does.
/// </summary>
internal sealed class Acceptor(CoreGroup group)
{
    /// <summary>A core that works more than this share of its time gets no more connections while others work
    /// less.</summary>
    private const double BusyShareMax = 0.7;

    /// <summary>A core that has this many connections more than another gets no more while that one
    /// may.</summary>
    private const int SurplusMax = 128;

    private int _connections;

    /// <summary>Connections of all cores.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>A socket was accepted on <paramref name="loop"/>'s core: adopts it, hands it on,
    /// or refuses it.</summary>
    public void Accepted(CoreLoop loop, AcceptedSocket socket)
    {
        if (Interlocked.Increment(ref _connections) > group.Server.Settings.Current.MaxClients)
        {
            loop.Statistics.Counters.ConnectionsRejected++;
            loop.Connections.AdoptToRefuse(socket, "-ERR max number of clients reached\r\n"u8);
            return;
        }

        int target = Choose();
        if (target == loop.Index) loop.Connections.Adopt(socket);
        else loop.Mail.Send(target, new SocketAssigned(socket));
    }

    /// <summary>A connection is gone.</summary>
    public void Removed() => Interlocked.Decrement(ref _connections);

    private int Choose()
    {
        int fewest = int.MaxValue;
        foreach (CoreLoop loop in group.Loops) fewest = Math.Min(fewest, loop.Connections.Count);
        int calmest = 0;
        for (int i = 0; i < group.Count; i++)
        {
            CoreLoop loop = group.Loops[i];
            if (loop.BusyShare < BusyShareMax && loop.Connections.Count <= fewest + SurplusMax) return i;
            if (loop.BusyShare < group.Loops[calmest].BusyShare) calmest = i;
        }

        return calmest;
    }
}
