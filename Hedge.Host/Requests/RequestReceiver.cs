using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Storage.Io;

namespace Hedge.Host.Requests;

/// <summary>
/// Takes what the transport reports of a core's sockets: received bytes become requests of the batch, which
/// is run when it is full and at the end of all reports. Owned by the core.
/// </summary>
internal sealed class RequestReceiver(CoreTurn turn, CoreStatistics statistics, Acceptor acceptor,
    ConnectionTable connections, BatchRunner batches) : ITransportHandler
{
    private bool _stopped;

    /// <summary>How many clients send at the same time.</summary>
    public ArrivalRate Arrivals { get; } = new();

    public void Accepted(AcceptedSocket socket) => acceptor.Accepted(connections, socket);

    // SAFETY: the bytes are the transport's until EndOfBatch, where those not run are copied.
    public unsafe void Received(int index, byte* data, int length)
    {
        Connection connection = connections[index]!;
        statistics.Counters.BytesReceived += length;
        statistics.Counters.Receives++;
        Arrivals.Count(connection, turn.NowMicroseconds);
        if (_stopped || (connection.WaitsFor & WaitReason.Closing) != 0) return;
        if (connection.IsInBatch) batches.Run();
        InputBuffer input = connection.Input;
        if (input.Length == 0 && connection.WaitsFor == WaitReason.None)
        {
            connection.Join(data, length, isInput: false);
            batches.Feed(connection);
            return;
        }

        input.Append(new ReadOnlySpan<byte>(data, length));
        if (input.Length >= ClientMemory.CountedBytesMin && !connections.Memory.RequestsGrew(connection))
            return;
        if (connection.WaitsFor == WaitReason.None) batches.FeedInput(connection);
        else batches.LimitBacklog(connection);
    }

    public void Hangup(int index, int errno)
    {
        if (connections[index] is not { } connection) return;
        if (connection.IsInBatch) batches.Run();
        if (errno != 0) connections.Abort(connection);
        // Requests sent before the client's end of sending are still answered.
        else connections.NoteHalfClosed(connection);
    }

    public void Drained(int index)
    {
        if (connections[index] is not { } connection) return;
        if ((connection.WaitsFor & WaitReason.Unread) != 0) connections.Memory.Resume();
    }

    public void Closed(int index) => connections.Closed(connections[index]!);

    public void EndOfBatch() => batches.Run();

    /// <summary>Looks again at connections whose next request could not be run before.</summary>
    public void RunScheduled()
    {
        connections.AbortClosing();
        List<Connection> scheduled = connections.Scheduled;
        int count = scheduled.Count;
        for (int i = 0; i < count; i++)
        {
            Connection connection = scheduled[i];
            connection.IsScheduled = false;
            connection.WaitsFor &= ~WaitReason.Retry;
            if (connection.WaitsFor != WaitReason.None || connection.IsInBatch) continue;
            batches.FeedInput(connection);
        }

        scheduled.RemoveRange(0, count);
        batches.Run();
    }

    /// <summary>The server is stopping: what still comes is ignored.</summary>
    public void Stop() => _stopped = true;
}
