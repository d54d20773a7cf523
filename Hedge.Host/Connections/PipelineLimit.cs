using Hedge.Host.Clients;

namespace Hedge.Host.Connections;

/// <summary>
/// Bounds how many requests of a core's clients are on their way at a time, so that what is kept for them
/// stays small and each client gets its turn. The other requests stay in their clients' input until some are
/// done. Owned by the core.
/// </summary>
/// <remarks>
/// 1. Of one client, <see cref="OpenMax"/> requests may wait for their replies; then the client is held until
///    half of them have come (<see cref="WaitReason.Pipeline"/>).
/// 2. Of all clients, <see cref="WaitingMax"/> requests may wait on the core, and
///    <see cref="ForwardedMax"/> on others. Then a client that has another one is held
///    (<see cref="WaitReason.Crowd"/>). Held clients go on in order when a quarter is done. The bounds are
///    many times what the disk reads at a time, so that it is never short of work.
/// 3. Requests that are run at once are not concerned, nor those that need their client to itself: of these
///    there is one per client.
/// </remarks>
internal sealed class PipelineLimit(ConnectionTable connections, RequestPool pool)
{
    /// <summary>Requests of one client that may wait for their replies.</summary>
    public const int OpenMax = 1024;

    /// <summary>Requests that may wait on a core.</summary>
    public const int WaitingMax = 4096;

    /// <summary>Requests of a core's clients that may be on other cores.</summary>
    public const int ForwardedMax = 16 * 1024;

    private const int WaitingPerClient = 64;

    private readonly Queue<Connection> _crowd = new();
    private int _forwarded;

    // Who waits for a time may do so for ever.
    private int Waiting => pool.Outstanding - pool.WaitingForTime;

    /// <summary>False when the client's request may not wait now: the client is held.</summary>
    public bool MayWait(Connection client)
    {
        int most = _crowd.Count > 0 ? WaitingMax * 3 / 4 : WaitingMax;
        return MayOpen(client) && (Waiting < most || Crowd(client));
    }

    /// <summary>False when the client's request may not go to another core now: the client is held.</summary>
    public bool MayForward(Connection client)
    {
        int most = _crowd.Count > 0 ? ForwardedMax * 3 / 4 : ForwardedMax;
        return MayOpen(client) && (_forwarded < most || Crowd(client));
    }

    /// <summary>A request has gone to another core.</summary>
    public void Forwarded() => _forwarded++;

    /// <summary>Another core has answered.</summary>
    public void Returned() => _forwarded--;

    /// <summary>A reply has come: a client that was held for its own requests may go on.</summary>
    public void Replied(Connection client)
    {
        if ((client.WaitsFor & WaitReason.Pipeline) == 0 || client.Replies.Open > OpenMax / 2) return;
        client.WaitsFor &= ~WaitReason.Pipeline;
        connections.Schedule(client);
    }

    /// <summary>End of a turn: as many clients go on as there is room for.</summary>
    public void Resume()
    {
        int room = Math.Min((WaitingMax * 3 / 4) - Waiting, (ForwardedMax * 3 / 4) - _forwarded);
        for (; room > 0 && _crowd.TryDequeue(out Connection? client); room -= WaitingPerClient)
        {
            client.WaitsFor &= ~WaitReason.Crowd;
            if (!client.CloseRequested) connections.Schedule(client);
        }
    }

    private static bool MayOpen(Connection client)
    {
        if (client.Replies.Open < OpenMax) return true;
        client.WaitsFor |= WaitReason.Pipeline;
        return false;
    }

    private bool Crowd(Connection client)
    {
        client.WaitsFor |= WaitReason.Crowd;
        _crowd.Enqueue(client);
        return false;
    }
}
