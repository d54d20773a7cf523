using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Values;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Where a core's changes go: each into its log, those of one command in one record. A change takes the
/// number after the partition's last.
/// </summary>
internal sealed class ChangeLog(LogWriter log)
{
    private const int OperationBytes = 8;
    private readonly LogRecordBuilder _record = log.Record;
    private readonly PendingPlaces _places = new();
    private bool _isOpen;

    /// <summary>Changes begun so far, but for expired keys that a look-up has removed.</summary>
    public long Begun { get; private set; }

    /// <summary>Says that the running command will log so much yet, so that there is room for it without a
    /// copy of what is there.</summary>
    public void Expect(long bytes) => _record.Expect(bytes);

    /// <summary>Logs a <see cref="PartitionWriter.Put"/>.</summary>
    public void Put(Partition partition, uint keyspace, ReadOnlySpan<byte> key, in RecordContent content,
        CountDelta delta, bool hadExpiry)
    {
        Open(partition, key.Length + (long)content.Value.Length);
        _record.Put(partition.Index, partition.Sequence + 1, keyspace, content.Type, content.Encoding,
            content.ExpireAt, key, content.Value, delta, hadExpiry);
    }

    /// <summary>Has the place remembered of the large value logged last.</summary>
    /// <param name="places">The generation's places.</param>
    /// <param name="index">The record's index in the generation.</param>
    /// <param name="length">The value's length.</param>
    public void NotePlace(ValuePlaces places, uint index, int length) =>
        _places.Add(places, index, _record.Bytes - length, length);

    /// <summary>Logs a <see cref="PartitionWriter.Remove"/>.</summary>
    public void Remove(Partition partition, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta,
        bool hadExpiry)
    {
        Open(partition, key.Length);
        _record.Remove(partition.Index, partition.Sequence + 1, keyspace, key, delta, hadExpiry);
    }

    /// <summary>Logs a <see cref="PartitionWriter.SetExpiry"/>.</summary>
    public void SetExpiry(Partition partition, uint keyspace, ReadOnlySpan<byte> key, long expireAt,
        bool hadExpiry)
    {
        Open(partition, key.Length);
        _record.SetExpiry(partition.Index, partition.Sequence + 1, keyspace, key, expireAt, hadExpiry);
    }

    /// <summary>Logs a <see cref="PartitionWriter.WriteRange"/>.</summary>
    public void WriteRange(Partition partition, uint keyspace, ReadOnlySpan<byte> key, int offset,
        ReadOnlySpan<byte> bytes, int length, CountDelta delta)
    {
        Open(partition, key.Length + (long)bytes.Length);
        _record.WriteRange(
            partition.Index, partition.Sequence + 1, keyspace, key, offset, bytes, length, delta);
    }

    /// <summary>Logs a <see cref="PartitionWriter.RemoveRange"/>.</summary>
    public void RemoveRange(Partition partition, uint keyspace, ReadOnlySpan<byte> from,
        ReadOnlySpan<byte> to)
    {
        Open(partition, from.Length + (long)to.Length);
        _record.RemoveRange(partition.Index, partition.Sequence + 1, keyspace, from, to);
    }

    /// <summary>Logs a <see cref="PartitionWriter.FlushDatabase"/>.</summary>
    public void AssignKeyspace(Partition partition, int database, uint keyspace)
    {
        Open(partition, 0);
        _record.AssignKeyspace(partition.Index, partition.Sequence + 1, database, keyspace);
    }

    /// <summary>Logs a <see cref="PartitionWriter.SwapDatabases"/>.</summary>
    public void SwapDatabases(Partition partition, int first, int second)
    {
        Open(partition, 0);
        _record.SwapDatabases(partition.Index, partition.Sequence + 1, first, second);
    }

    /// <summary>The change begun last is done, and is none of the command's own: a key's time has
    /// come.</summary>
    public void NoteExpired(long begunBefore) => Begun = begunBefore;

    /// <summary>Ends the command's record, if it has one. Returns where the log ends then.</summary>
    public LogPosition Commit()
    {
        if (!_isOpen) return log.Appended;
        _isOpen = false;
        if (_places.IsEmpty) return log.Commit();
        long bytes = _record.Bytes;
        LogPosition end = log.Commit();
        LogSegment segment = log.CurrentSegment;
        if (end == LogPosition.Refused) _places.Drop();
        else _places.Settle(segment, segment.OffsetOf(end.Value) - bytes);
        return end;
    }

    private void Open(Partition partition, long bytes)
    {
        partition.Memory.Active.LoggedBytes += OperationBytes + bytes;
        partition.Throttle.Spend(OperationBytes + bytes);
        Begun++;
        if (_isOpen) return;
        log.Begin(bytes);
        _isOpen = true;
    }
}
