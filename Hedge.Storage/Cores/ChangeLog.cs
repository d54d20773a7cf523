using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Values;

namespace Hedge.Storage.Cores;

/// <summary>
/// Writes a core's changes into its log, those of one command as one record. Each change takes the next
/// number of its partition.
/// </summary>
/// <remarks>While <see cref="OpenChanges"/> are set, changes go into these, and the commit appends them to
/// the log.</remarks>
internal sealed class ChangeLog(LogWriter log, CoreTransactions transactions)
{
    private const int OperationBytes = 8;
    private readonly PendingPlaces _ownPlaces = new();
    private readonly TrialEndedException _trialEnded = new();
    private LogRecordBuilder _record = log.Record;
    private OpenChanges? _open;
    private bool _isBegun;

    /// <summary>The number of changes so far, without the expired keys that look-ups have
    /// removed.</summary>
    public long Begun { get; private set; }

    /// <summary>Set while a command is tried for what it reads: its first change ends it.</summary>
    public bool IsTrial { get; set; }

    /// <summary>The transaction that changes go into; null when they go into the log itself. Set between
    /// commands.</summary>
    public OpenChanges? Open
    {
        get => _open;
        set
        {
            Invariant.Check(!_isBegun, "changes are opened before the first of them");
            _open = value;
            _record = value is null ? log.Record : value.Record;
            if (value is { Record.IsBegun: false }) _record.BeginDetached();
        }
    }

    /// <summary>Before a writer touches anything that it must not leave half done.</summary>
    /// <exception cref="TrialEndedException">The command is only tried.</exception>
    public void EndTrial()
    {
        if (IsTrial) throw _trialEnded;
    }

    /// <summary>Makes room for what the running command will still log, so that the record need not be
    /// copied as it grows.</summary>
    public void Expect(long bytes) => _record.Expect(bytes);

    /// <summary>Logs a <c>PartitionWriter.Put</c>.</summary>
    public void Put(PartitionState partition, uint keyspace, ReadOnlySpan<byte> key, in RecordContent content,
        CountDelta delta, bool hadExpiry)
    {
        Begin(partition, key.Length + (long)content.Value.Length);
        _record.Put(partition.Index, partition.Sequence + 1, keyspace, content.Type, content.Encoding,
            content.ExpireAt, key, content.Value, delta, hadExpiry);
    }

    /// <summary>Remembers where the large value that was logged last stands.</summary>
    /// <param name="places">The generation's places.</param>
    /// <param name="index">The record's index in the generation.</param>
    /// <param name="length">The value's length.</param>
    public void NotePlace(ValuePlaces places, uint index, int length) =>
        Places.Add(places, index, _record.Bytes - length, length);

    /// <summary>Logs a <c>PartitionWriter.Remove</c>.</summary>
    public void Remove(PartitionState partition, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta,
        bool hadExpiry)
    {
        Begin(partition, key.Length);
        _record.Remove(partition.Index, partition.Sequence + 1, keyspace, key, delta, hadExpiry);
    }

    /// <summary>Logs a <c>PartitionWriter.SetExpiry</c>.</summary>
    public void SetExpiry(PartitionState partition, uint keyspace, ReadOnlySpan<byte> key, long expireAt,
        bool hadExpiry)
    {
        Begin(partition, key.Length);
        _record.SetExpiry(partition.Index, partition.Sequence + 1, keyspace, key, expireAt, hadExpiry);
    }

    /// <summary>Logs a <c>PartitionWriter.WriteRange</c>.</summary>
    public void WriteRange(PartitionState partition, uint keyspace, ReadOnlySpan<byte> key, int offset,
        ReadOnlySpan<byte> bytes, int length, CountDelta delta)
    {
        Begin(partition, key.Length + (long)bytes.Length);
        _record.WriteRange(
            partition.Index, partition.Sequence + 1, keyspace, key, offset, bytes, length, delta);
    }

    /// <summary>Logs a splice.</summary>
    public void Splice(PartitionState partition, uint keyspace, ReadOnlySpan<byte> key, int offset,
        int removed, ReadOnlySpan<byte> inserted)
    {
        Begin(partition, key.Length + (long)inserted.Length);
        _record.Splice(partition.Index, partition.Sequence + 1, keyspace, key, offset, removed, inserted);
    }

    /// <summary>Logs a <c>PartitionWriter.RemoveRange</c>.</summary>
    public void RemoveRange(PartitionState partition, uint keyspace, ReadOnlySpan<byte> from,
        ReadOnlySpan<byte> to)
    {
        Begin(partition, from.Length + (long)to.Length);
        _record.RemoveRange(partition.Index, partition.Sequence + 1, keyspace, from, to);
    }

    /// <summary>Logs a <c>PartitionWriter.FlushDatabase</c>.</summary>
    public void AssignKeyspace(PartitionState partition, int database, uint keyspace)
    {
        Begin(partition, 0);
        _record.AssignKeyspace(partition.Index, partition.Sequence + 1, database, keyspace);
    }

    /// <summary>Logs a <c>PartitionWriter.SwapDatabases</c>.</summary>
    public void SwapDatabases(PartitionState partition, int first, int second)
    {
        Begin(partition, 0);
        _record.SwapDatabases(partition.Index, partition.Sequence + 1, first, second);
    }

    /// <summary>Takes the last change out of <see cref="Begun"/>: it removed an expired key, which is not
    /// the command's own change.</summary>
    public void NoteExpired(long begunBefore) => Begun = begunBefore;

    /// <summary>Ends the command's record, if it has one. Returns where the log ends then.</summary>
    public LogPosition Commit()
    {
        if (_open is not null) return CommitOpen();
        if (!_isBegun) return log.Appended;
        _isBegun = false;
        return Commit(_ownPlaces, isOwed: false);
    }

    private PendingPlaces Places => _open is null ? _ownPlaces : _open.Places;

    private LogPosition CommitOpen()
    {
        OpenChanges open = _open!;
        _open = null;
        _record = log.Record;
        LogPosition end = log.Appended;
        if (!open.Record.IsEmpty)
        {
            log.Begin(open.Record.Bytes);
            _record.Append(open.Record);
            end = Commit(open.Places, isOwed: true);
        }

        transactions.Ended(open);
        return end;
    }

    private LogPosition Commit(PendingPlaces places, bool isOwed)
    {
        if (places.IsEmpty) return log.Commit(isOwed);
        long bytes = log.Record.Bytes;
        LogPosition end = log.Commit(isOwed);
        LogSegment segment = log.CurrentSegment;
        if (end == LogPosition.Refused) places.Drop();
        else places.Settle(segment, segment.OffsetOf(end.Value) - bytes);
        return end;
    }

    private void Begin(PartitionState partition, long bytes)
    {
        EndTrial();
        partition.Memory.Active.LoggedBytes += OperationBytes + bytes;
        partition.Throttle.Spend(OperationBytes + bytes);
        Begun++;
        BeginRecord(partition, bytes);
        if (partition.Loading is { State: LoadState.Installing, IsDropped: false } load)
            Drop(partition, load);
    }

    private void BeginRecord(PartitionState partition, long bytes)
    {
        if (_open is not null)
        {
            _open.Note(partition);
            return;
        }

        if (_isBegun) return;
        log.Begin(bytes);
        _isBegun = true;
    }

    // The change is to what was there before the load. A manifest that names the load's run may be durable
    // already, so the log says that it does not count.
    private void Drop(PartitionState partition, LoadTarget load)
    {
        load.IsDropped = true;
        _record.DropRun(partition.Index, ++partition.Sequence, load.Keyspace, load.Id.FileNumber, load.Keys,
            load.Expiring, load.Nodes);
    }
}
