using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>
/// Holds back what a turn makes visible until the log is synced (appendfsync always): replies wait in each
/// connection's gated buffer, mailbox entries stay unpublished.
/// With the other policies the gate is open and costs nothing.
/// </summary>
/// <remarks>
/// One sync is under way at a time. What was produced before it was started is covered by it; what comes
/// later waits for the next. So the gate keeps two marks: covered by the sync under way, and everything.
/// </remarks>
internal sealed class CommitGate(CoreLoop loop)
{
    private readonly List<Connection> _gated = [];
    private long _covered;

    /// <summary>True when effects must wait: the policy is always,
    /// or replies from when it was still wait.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Where the connection's replies go now.</summary>
    public OutputBuffer OutputOf(Connection connection)
    {
        if (!IsClosed) return connection.Output;
        if (!connection.IsGated)
        {
            connection.IsGated = true;
            connection.Gated ??= new OutputBuffer();
            _gated.Add(connection);
        }

        return connection.Gated!;
    }

    /// <summary>Start of a turn: follows the policy. An open gate closes at once,
    /// a closed one opens when nothing waits.</summary>
    public void Follow(bool always)
    {
        if (always && loop.CanWrite) IsClosed = true;
        else if (IsClosed && _gated.Count == 0 && !loop.Mail.HasUnpublished) IsClosed = false;
    }

    /// <summary>End of a turn: lets go what the log's synced position covers,
    /// then marks what the next sync covers.</summary>
    public void Turn()
    {
        if (!IsClosed) return;
        long appended = loop.LogAppended;
        long synced = loop.LogSynced;
        if (synced < _covered) return;
        LetGo();
        MarkAll(appended);
        if (synced < appended) return;
        LetGo();
    }

    /// <summary>The log has failed: replies that wait for it must never be sent; their connections are
    /// closed. Then the gate opens: nothing more is written, and reads go on.</summary>
    public void Fail()
    {
        foreach (Connection connection in _gated)
        {
            connection.IsGated = false;
            connection.Gated!.Rewind(0);
            connection.GatedCovered = 0;
            loop.Connections.Abort(connection);
        }

        _gated.Clear();
        // Nor what stands ready behind a reply that is still to come.
        if (IsClosed) loop.Connections.AbortStashed();
        loop.Mail.FailUnpublished();
        IsClosed = false;
    }

    /// <summary>A connection is gone.</summary>
    public void Forget(Connection connection)
    {
        if (connection.IsGated) _gated.Remove(connection);
    }

    private void MarkAll(long appended)
    {
        _covered = appended;
        foreach (Connection connection in _gated) connection.GatedCovered = connection.Gated!.Length;
        loop.Mail.Mark();
    }

    private void LetGo()
    {
        for (int i = _gated.Count - 1; i >= 0; i--)
        {
            Connection connection = _gated[i];
            OutputBuffer gated = connection.Gated!;
            long covered = connection.GatedCovered;
            if (covered > 0)
            {
                connection.Output.MoveFrom(gated, covered);
                connection.GatedCovered = 0;
                loop.MarkDirty(connection);
            }

            if (gated.Length > 0) continue;
            connection.IsGated = false;
            _gated[i] = _gated[^1];
            _gated.RemoveAt(_gated.Count - 1);
        }

        loop.Connections.Flush();
        loop.Mail.PublishMarked();
    }
}
