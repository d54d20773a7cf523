using Hedge.Host.Clients;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;

namespace Hedge.Host.Connections;

/// <summary>
/// Holds back what a turn makes visible until its log records are as safe as appendfsync says: replies wait
/// in each connection's gated buffer, mailbox entries stay unpublished. Under always they wait until the
/// records are synced. Otherwise they wait until a kill of the process cannot lose the records. Nearly always
/// that is so at once (<see cref="LogWriter.HandedOver"/>): then the gate is open and costs nothing.
/// </summary>
/// <remarks>
/// One sync or write is under way at a time. What was produced before it was started is covered by it; what
/// comes later waits for the next. So the gate keeps two marks: covered by the one under way, and everything.
/// A gate that must close at the end of a turn, because a record was spilled in it, sends none of that turn's
/// replies, which stand in the outputs already.
/// </remarks>
internal sealed class CommitGate(ConnectionTable connections, Mail mail, CoreStorage storage,
    WriteState writes)
{
    private readonly List<Connection> _gated = [];
    private long _covered;

    private bool _demandsSync;

    /// <summary>True when effects go through the gate: the policy is always, the log has no stage, or replies
    /// from when that was so still wait.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True when what stands in the connections' outputs must not be sent yet.</summary>
    public bool HoldsOutputs { get; private set; }

    /// <summary>True when a kill of the process could lose records: nobody may see or follow them
    /// yet.</summary>
    public bool HoldsRecords => storage.Log is { IsHandedOver: false, HasFailed: false };

    /// <summary>True when nothing that depends on this turn's records may become visible during
    /// it.</summary>
    public bool HoldsBack => IsClosed || HoldsRecords;

    /// <summary>The end of the records that are safe enough to be seen.</summary>
    public long Settled => _demandsSync ? storage.Log.Synced.Value : storage.Log.HandedOver.Value;

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
        if ((always || !storage.Log.IsStaged) && writes.CanLog)
        {
            IsClosed = true;
            _demandsSync |= always;
        }
        else if (IsClosed && _gated.Count == 0 && !HoldsOutputs && !mail.HasUnpublished)
        {
            IsClosed = _demandsSync = false;
        }
    }

    /// <summary>End of a turn, after that of the log: releases what <see cref="Settled"/> covers, then marks
    /// what the next sync or write covers.</summary>
    public void Turn()
    {
        long appended = storage.Log.Appended.Value;
        if (!IsClosed)
        {
            if (!HoldsRecords) return;
            IsClosed = HoldsOutputs = true;
            MarkAll(appended);
        }

        long settled = Settled;
        if (settled < _covered) return;
        LetGo();
        MarkAll(appended);
        if (settled < appended) return;
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
            connections.Abort(connection);
        }

        _gated.Clear();
        if (HoldsOutputs) connections.AbortDirty();
        HoldsOutputs = false;
        // Nor what stands ready behind a reply that is still to come.
        if (IsClosed) connections.AbortStashed();
        mail.FailUnpublished();
        IsClosed = _demandsSync = false;
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
        mail.Mark();
    }

    private void LetGo()
    {
        HoldsOutputs = false;
        for (int i = _gated.Count - 1; i >= 0; i--)
        {
            Connection connection = _gated[i];
            OutputBuffer gated = connection.Gated!;
            long covered = connection.GatedCovered;
            if (covered > 0)
            {
                connection.Output.MoveFrom(gated, covered);
                connection.GatedCovered = 0;
                connections.MarkDirty(connection);
            }

            if (gated.Length > 0) continue;
            connection.IsGated = false;
            _gated[i] = _gated[^1];
            _gated.RemoveAt(_gated.Count - 1);
        }

        connections.Flush();
        mail.PublishMarked();
    }
}
