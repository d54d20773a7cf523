using Hedge.Host.Clients;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;

namespace Hedge.Host.Connections;

/// <summary>
/// Keeps the memory of all clients below maxmemory-clients:
/// 1. at every tick, and when what its clients have unread or waiting has grown a sixteenth of the limit, a
///    core adds up its clients' memory (tot-mem of CLIENT LIST);
/// 2. when that and what the other cores have told last are above the limit together, it disconnects its
///    largest client, unless another core has told of a larger one, and goes on so;
/// 3. a client that asked for CLIENT NO-EVICT counts, but stays.
/// </summary>
internal sealed class ClientEviction(CoreTurn turn, Server server, ConnectionTable connections,
    ClientMemory memory)
{
    private const int StepDivisor = 16;

    private readonly List<Connection> _evictable = [];
    private long _lookAt;

    /// <summary>True when it is time to look, although no tick is due.</summary>
    public bool IsDue => turn.Settings.ClientBytesMax > 0 && memory.CountedBytes > _lookAt;

    /// <summary>Adds up, and disconnects who is too much.</summary>
    public void Look()
    {
        ref CoreCounters counters = ref server.Statistics[turn.Core].Counters;
        counters.EvictableClientBytes = 0;
        long limit = turn.Settings.ClientBytesMax;
        if (limit == 0) return;
        _lookAt = memory.CountedBytes + Math.Max(ClientMemory.CountedBytesMin, limit / StepDivisor);
        long left = Count() + Others(static c => c.Counters.ClientBytes, static (a, b) => a + b);
        // The largest one is the last one.
        _evictable.Sort(static (a, b) =>
            a.Session.Figures.TotalBytes.CompareTo(b.Session.Figures.TotalBytes));
        long elsewhere = Others(static c => c.Counters.EvictableClientBytes, Math.Max);
        int count = _evictable.Count;
        for (; count > 0 && left > limit; count--)
        {
            Connection largest = _evictable[count - 1];
            long bytes = largest.Session.Figures.TotalBytes;
            if (bytes == 0 || bytes < elsewhere) break;
            memory.Disconnect(largest, "all clients together hold more than maxmemory-clients");
            counters.ClientsEvicted++;
            left -= bytes;
        }

        if (count > 0)
            counters.EvictableClientBytes = _evictable[count - 1].Session.Figures.TotalBytes;
        _evictable.Clear();
    }

    private long Count()
    {
        long bytes = 0;
        foreach (Connection connection in connections.All)
        {
            if (connection.IsGone || (connection.WaitsFor & WaitReason.Closing) != 0) continue;
            connection.UpdateFigures();
            bytes += connection.Session.Figures.TotalBytes;
            if (!connection.Session.NoEvict) _evictable.Add(connection);
        }

        return bytes;
    }

    private long Others(Func<CoreStatistics, long> figure, Func<long, long, long> with)
    {
        long result = 0;
        for (int i = 0; i < server.Statistics.Cores.Count; i++)
            if (i != turn.Core) result = with(result, figure(server.Statistics[i]));
        return result;
    }
}
