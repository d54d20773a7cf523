using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>
/// Applies logged operations to a partition, in the order of its sequence, as they were done: without
/// logging, events or expiry, with the counts' changes as logged. What an operation builds upon is read from
/// the runs when need be.
/// </summary>
// SAFETY: a slot is used before the next change of the table, a replaced record freed once, after its use.
internal sealed unsafe class PartitionReplay(Partition partition, BlockSource blocks)
{
    private readonly RecordMemory _memory = partition.Memory;

    /// <summary>Applies one operation.</summary>
    public void Apply(in LogOperation operation)
    {
        Invariant.Check(operation.Sequence == partition.Sequence + 1,
            "a partition's operations are replayed in order");
        switch (operation.Kind)
        {
            case LogOperationKind.AssignKeyspace:
                partition.Keyspaces.Assign(operation.Database, operation.Keyspace);
                break;
            case LogOperationKind.SwapDatabases:
                partition.Keyspaces.Swap(operation.Database, operation.OtherDatabase);
                break;
            default:
                if (partition.Keyspaces.IsLive(operation.Keyspace)) ApplyToKey(operation);
                break;
        }

        partition.Sequence = operation.Sequence;
        _memory.Active.LoggedBytes += operation.Key.Length + operation.Value.Length;
    }

    private void ApplyToKey(in LogOperation operation)
    {
        uint keyspace = operation.Keyspace;
        ulong hash = KeyHash.Compute(keyspace, operation.Key);
        RecordStates pending = operation.Delta == CountDelta.Unknown
            ? RecordStates.CountPending : RecordStates.None;
        RecordHeader* record;
        if (operation.Kind is LogOperationKind.Put or LogOperationKind.Remove)
        {
            bool isPut = operation.Kind == LogOperationKind.Put;
            ulong* slot = _memory.Table.Find(hash, keyspace, operation.Key);
            RecordContent content = isPut ? ContentOf(operation) : default;
            RecordStates flags = pending | (isPut ? RecordStates.None : RecordStates.Absent);
            record = _memory.Put(slot, hash, keyspace, operation.Key, content, flags);
            if (isPut) KeepPlace(record, operation);
        }
        else
        {
            ulong* slot = MakeResident(hash, keyspace, operation.Key);
            bool isRange = operation.Kind == LogOperationKind.WriteRange;
            Invariant.Check(isRange || slot != null, "an expiry is logged for a key that exists");
            int length = isRange ? operation.NewLength : RecordTable.RecordAt(slot)->ValueLength;
            record = _memory.Open(slot, hash, keyspace, operation.Key, length, true,
                out RecordHeader* replaced);
            _memory.FreeReplaced(replaced, record);
            if (isRange)
            {
                operation.Value.CopyTo(RecordKeys.Value(record)[operation.Offset..]);
                record->Encoding = (byte)StringEncoding.Raw;
                _memory.Active.Places.Clear(record->DirtyIndex);
            }
            else
            {
                _memory.SetExpiry(record, operation.ExpireAt);
            }
        }

        bool keepsExpiry = operation.Kind == LogOperationKind.WriteRange;
        if (!keepsExpiry)
            partition.Writer.CountExpires(keyspace, operation.HadExpiry, operation.ExpireAt != 0);
        partition.Writer.Count(keyspace, record, operation.Delta);
    }

    private void KeepPlace(RecordHeader* record, in LogOperation operation)
    {
        ValueFiles values = partition.Settings.Shared.Values;
        if (!values.IsLarge(operation.Value.Length)) return;
        values.Recovered(operation.ValuePlace, operation.Value.Length);
        _memory.Active.Places.Set(record->DirtyIndex, operation.ValuePlace);
    }

    private static RecordContent ContentOf(in LogOperation operation) => new()
    {
        Value = operation.Value,
        ExpireAt = operation.ExpireAt,
        Type = operation.Type,
        Encoding = operation.Encoding,
    };

    private ulong* MakeResident(ulong hash, uint keyspace, ReadOnlySpan<byte> key)
    {
        ulong* slot = _memory.Table.Find(hash, keyspace, key);
        if (slot != null) return slot;
        RunAnswer answer = partition.Runs.Find(blocks, keyspace, key, hash, out RunEntry entry);
        if (answer != RunAnswer.Present) return null;
        _memory.InsertClean(hash, keyspace, key, Partition.ContentOf(entry), RecordStates.None);
        return _memory.Table.Find(hash, keyspace, key);
    }
}
