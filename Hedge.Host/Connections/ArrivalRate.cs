using Hedge.Host.Clients;

namespace Hedge.Host.Connections;

/// <summary>
/// How many clients send at the same time, and so how many requests a core's sleep may wait for. Owned by the
/// core.
/// </summary>
/// <remarks>
/// A core that wakes for each request of many clients pays a turn, and the clients a wake-up, for every one
/// of them. When many clients have sent within the last millisecond, a third of them is likely to send again
/// at once.
/// </remarks>
internal sealed class ArrivalRate
{
    private const long WindowMicroseconds = 1000;
    private const int ClientsPerEvent = 3;
    private const int EventsMin = 4;
    private const int EventsMax = 16;

    private long _window;
    private int _clients;
    private int _events = 1;

    /// <summary>Counts a client that has sent something, once in a window.</summary>
    public void Count(Connection connection, long nowMicroseconds)
    {
        Turn(nowMicroseconds);
        if (connection.CountedWindow == _window) return;
        connection.CountedWindow = _window;
        _clients++;
    }

    /// <summary>How many events a sleep may wait for; 1 when few clients send.</summary>
    public int EventsToAwait(long nowMicroseconds)
    {
        Turn(nowMicroseconds);
        return _events;
    }

    private void Turn(long nowMicroseconds)
    {
        long past = nowMicroseconds - _window;
        if (past < WindowMicroseconds) return;
        int events = past < 2 * WindowMicroseconds ? Math.Min(EventsMax, _clients / ClientsPerEvent) : 1;
        _events = events < EventsMin ? 1 : events;
        _window = nowMicroseconds;
        _clients = 0;
    }
}
