using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Executions;
using Hedge.Host.Subscribers;
using Hedge.Storage.Io;

namespace Hedge.Host.Requests;

/// <summary>
/// Turns received bytes into batches of requests and runs them in order; what cannot be run yet stays in the
/// connections' own buffers. Owned by the core.
/// </summary>
internal sealed class BatchRunner(RequestBatch batch, ConnectionTable connections, Dispatcher dispatcher,
    CommandMeter meter, MonitorFeed monitors, ITransport transport)
{
    /// <summary>A client that announces a long argument gets room for this much more at a time.</summary>
    private const int InputGrowthBytesMax = 64 << 20;

    /// <summary>Parses what the connection has received before, and runs it with the batch.</summary>
    public void FeedInput(Connection connection)
    {
        if (connection.Session.CloseAfterReply)
        {
            connection.WaitsFor |= WaitReason.Closing;
            connections.MarkDirty(connection);
            return;
        }

        if (connection.Input.Length == 0) return;
        if (connection.Parser.IsSuspended && connection.Input.Length < connection.Parser.BytesWanted)
        {
            connection.Input.EnsureCapacity(Math.Min(connection.Parser.BytesWanted,
                connection.Input.Length + InputGrowthBytesMax));
            return;
        }

        connection.JoinInput();
        Feed(connection);
    }

    /// <summary>Parses the bytes the connection has joined the batch with.</summary>
    public void Feed(Connection connection)
    {
        connection.Parser.Limits = connections.LimitsOf(connection);
        batch.Connections.Add(connection);
        while (!batch.Parse(connection))
        {
            RunRequests();
            if (connection.WaitsFor != WaitReason.None) return;
        }
    }

    /// <summary>Runs everything parsed and keeps what could not be run.</summary>
    public void Run()
    {
        if (batch.Connections.Count == 0 || connections.IsRunningBatch) return;
        connections.IsRunningBatch = true;
        RunRequests();
        foreach (Connection connection in batch.Connections) EndBatch(connection);
        batch.Clear();
        dispatcher.EndBorrows();
        monitors.SendPending();
        connections.IsRunningBatch = false;
    }

    private void RunRequests()
    {
        batch.PrefetchRecords();
        meter.BeginBatch(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            Request request = batch[i];
            Connection connection = request.Client!;
            if (connection.WaitsFor != WaitReason.None) continue;
            if (!dispatcher.Dispatch(connection, request)) continue;
            connection.BatchRun = request.End;
            if (connection.Session.CloseAfterReply)
            {
                // QUIT, a protocol error: nothing more is run.
                connection.WaitsFor |= WaitReason.Closing;
                connections.MarkDirty(connection);
            }

            if (connection.Session.DelayedUntilMilliseconds != 0) connections.Delayed.Add(connection);
            connections.NoteReplies(connection, isPush: false);
        }

        meter.EndBatch();
        batch.ClearRequests();
    }

    /// <summary>The batch's bytes are about to go:
    /// the unused ones move to the connection's own buffer.</summary>
    private void EndBatch(Connection connection)
    {
        // Stopped before a request that had been parsed already: it is parsed again later.
        if (connection.BatchRun < connection.BatchParsed) connection.Parser.Reset();
        if ((connection.WaitsFor & WaitReason.Closing) != 0)
        {
            connection.Input.Clear();
        }
        else if (connection.BatchIsInput)
        {
            connection.Input.Consume(connection.BatchRun);
        }
        else if (connection.BatchRun < connection.BatchLength)
        {
            connection.Input.Append(connection.NotRun);
        }

        connection.Leave();
        if (connection.Input.Length > 0 && connection.WaitsFor == WaitReason.None) FeedLater(connection);
        LimitBacklog(connection);
    }

    private void FeedLater(Connection connection)
    {
        if (connection.Parser.IsSuspended)
        {
            connection.Input.EnsureCapacity(Math.Min(connection.Parser.BytesWanted,
                connection.Input.Length + InputGrowthBytesMax));
        }
        else
        {
            connections.Schedule(connection);
        }
    }

    /// <summary>Stops or resumes receiving, by how much the client has sent that has to wait.</summary>
    public void LimitBacklog(Connection connection)
    {
        bool pause = connection.WaitsFor != WaitReason.None && connections.Memory.StopsReceiving(connection);
        if (pause == connection.ReceivePaused || connection.CloseRequested) return;
        connection.ReceivePaused = pause;
        if (pause) transport.PauseReceive(connection.Index);
        else transport.ResumeReceive(connection.Index);
    }
}
