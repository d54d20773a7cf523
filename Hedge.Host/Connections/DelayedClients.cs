using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Connections;

/// <summary>A core's clients that gave wrong passwords and wait for it: nothing more of them is run until
/// their time has come. Nobody else waits. The core calls it.</summary>
internal sealed class DelayedClients(CoreTurn turn, ConnectionTable connections)
{
    private readonly List<Connection> _waiting = [];

    /// <summary>Runs nothing more of a client until its time has come.</summary>
    public void Add(Connection connection)
    {
        if ((connection.WaitsFor & WaitReason.Delayed) != 0) return;
        connection.WaitsFor |= WaitReason.Delayed;
        _waiting.Add(connection);
    }

    /// <summary>Lets those go on whose time has come. Ten times a second.</summary>
    public void Tick()
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            Connection connection = _waiting[i];
            bool waits = connection.Session.DelayedUntilMilliseconds > turn.NowMilliseconds;
            if (waits && !connection.CloseRequested) continue;
            connection.Session.DelayedUntilMilliseconds = 0;
            connection.WaitsFor &= ~WaitReason.Delayed;
            _waiting.RemoveAt(i);
            if (!connection.CloseRequested) connections.Schedule(connection);
        }
    }
}
