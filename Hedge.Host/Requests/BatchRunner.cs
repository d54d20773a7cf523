using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Cores;

namespace Hedge.Host.Requests;

/// <summary>
/// Turns received bytes into batches of requests and runs them in order; what cannot be run yet stays in the
/// connections' own buffers. Owned by the core.
/// </summary>
internal sealed class BatchRunner(CoreLoop loop, ConnectionTable table)
{
    /// <summary>A client that announces a long argument gets room for this much more at a time.</summary>
    private const int InputGrowthBytesMax = 64 << 20;

    private readonly RequestBatch _batch = new(loop.Group, loop.Index);

    /// <summary>True while a batch of requests is being run.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Parses what the connection has received before, and runs it with the batch.</summary>
    public void FeedInput(Connection connection)
    {
        if (connection.Session.CloseAfterReply)
        {
            connection.Holds |= Hold.Closing;
            table.MarkDirty(connection);
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
        connection.Parser.Limits = table.LimitsOf(connection);
        _batch.Connections.Add(connection);
        while (!_batch.Parse(connection))
        {
            RunRequests();
            if (connection.Holds != Hold.None) return;
        }
    }

    /// <summary>Runs everything parsed and keeps what could not be run.</summary>
    public void Run()
    {
        if (_batch.Connections.Count == 0 || IsRunning) return;
        IsRunning = true;
        RunRequests();
        foreach (Connection connection in _batch.Connections) EndBatch(connection);
        _batch.Clear();
        loop.Dispatcher.EndBorrows();
        loop.Monitors.SendPending();
        IsRunning = false;
    }

    private void RunRequests()
    {
        _batch.PrefetchRecords();
        loop.Meter.BeginBatch(_batch.Count);
        for (int i = 0; i < _batch.Count; i++)
        {
            Request request = _batch[i];
            Connection connection = request.Client!;
            if (connection.Holds != Hold.None) continue;
            if (!loop.Dispatcher.Dispatch(connection, request)) continue;
            connection.BatchRun = request.End;
            if (connection.Session.CloseAfterReply)
            {
                // QUIT, a protocol error: nothing more is run.
                connection.Holds |= Hold.Closing;
                table.MarkDirty(connection);
            }

            if (connection.Session.DelayedUntilMilliseconds != 0) table.Delayed.Add(connection);
            table.NoteReplies(connection, isPush: false);
        }

        loop.Meter.EndBatch();
        _batch.ClearRequests();
    }

    /// <summary>The batch's bytes are about to go:
    /// the unused ones move to the connection's own buffer.</summary>
    private void EndBatch(Connection connection)
    {
        // Stopped before a request that had been parsed already: it is parsed again later.
        if (connection.BatchRun < connection.BatchParsed) connection.Parser.Reset();
        if ((connection.Holds & Hold.Closing) != 0)
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
        if (connection.Input.Length > 0 && connection.Holds == Hold.None) FeedLater(connection);
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
            table.Schedule(connection);
        }
    }

    /// <summary>Stops or resumes receiving, by how much the client has sent that has to wait.</summary>
    public void LimitBacklog(Connection connection)
    {
        bool pause = connection.Holds != Hold.None && table.Memory.StopsReceiving(connection);
        if (pause == connection.ReceivePaused || connection.CloseRequested) return;
        connection.ReceivePaused = pause;
        if (pause) loop.Io.Transport.PauseReceive(connection.Index);
        else loop.Io.Transport.ResumeReceive(connection.Index);
    }
}
