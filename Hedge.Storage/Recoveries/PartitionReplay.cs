using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Partitions;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>
/// Applies logged operations to a partition as they were done, in the order of its sequence: without
/// logging, events or expiry, and with the logged changes of the counts. When an operation needs an earlier
/// record, it is read from the runs.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="blocks">The blocks of its runs.</param>
/// <param name="lost">Gets the operations on what cannot be read; null to throw.</param>
// SAFETY: a slot is used before the next change of the table, a replaced record freed once, after its use.
internal sealed unsafe class PartitionReplay(Partition partition, BlockSource blocks, LostChanges? lost)
{
    /// <summary>True to take counts in removed ranges as they were logged, so that tests can show that they
    /// find the mistake.</summary>
    internal static bool TrustsCounts { get; set; }

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
            case LogOperationKind.Splice:
                if (partition.Keyspaces.IsLive(operation.Keyspace)) Splice(operation);
                break;
            case LogOperationKind.DropRun:
                DropRun(operation);
                break;
            case LogOperationKind.RemoveRange:
                if (partition.Keyspaces.IsLive(operation.Keyspace)) RemoveRange(operation);
                break;
            default:
                if (partition.Keyspaces.IsLive(operation.Keyspace)) ApplyToKey(operation);
                break;
        }

        partition.Sequence = operation.Sequence;
        _memory.Active.LoggedBytes += operation.Key.Length + operation.Value.Length;
    }

    // The next manifest does not name the run; the start after that deletes its file.
    private void DropRun(in LogOperation operation)
    {
        ulong number = operation.Run;
        Run[] runs = partition.Runs.Newest.ToArray();
        if (Array.Find(runs, run => run.Id.FileNumber == number) is not { } dropped) return;
        partition.Runs.Replace([.. runs.Where(run => run != dropped)]);
        dropped.Release();
        partition.Counts.RunsChanged();
        partition.Keyspaces.Count(operation.Keyspace, -operation.Keys, -operation.Expires);
        partition.Keyspaces.Count(operation.Keyspace | Keyspaces.NodeBit, -operation.Nodes, 0);
    }

    private void RemoveRange(in LogOperation operation)
    {
        KeyRange range = KeyRange.Of(operation.Keyspace, operation.Key, operation.Value);
        if ((operation.Keyspace & Keyspaces.NodeBit) != 0) NodeWriter.Bury(partition, range);
        else RangeRemoval.Apply(partition, range);
    }

    // SAFETY: the slot is used before the next change of the table.
    private void Splice(in LogOperation operation)
    {
        uint keyspace = operation.Keyspace;
        ulong* slot = MakeResident(KeyHash.Compute(keyspace, operation.Key), keyspace, operation.Key);
        RecordHeader* record = slot == null ? null : RecordTable.RecordAt(slot);
        if (IsLost(operation))
        {
            Lose(slot, operation);
            return;
        }

        bool fits = record != null && !RecordKeys.Is(record, RecordStates.Absent)
            && operation.Offset + (long)operation.Removed <= record->ValueLength;
        if (!fits && lost is not null)
        {
            Lose(slot, operation);
            return;
        }

        if (!fits)
        {
            throw new LogException(LogProblem.Corrupt, partition.Files.Directory, 0,
                $"change {operation.Sequence} is to bytes that the value does not have");
        }

        RecordSplice.Apply(_memory, slot, operation.Offset, operation.Removed, operation.Value);
    }

    private void ApplyToKey(in LogOperation operation)
    {
        uint keyspace = operation.Keyspace;
        ulong hash = KeyHash.Compute(keyspace, operation.Key);
        // Whoever wrote it may have known what it replaced, since the range's removal was flushed. Here it
        // may not be, when the replay begins at a backup; then what the range has removed is counted anew.
        bool isUnknown = (keyspace & Keyspaces.NodeBit) == 0 && !TrustsCounts
            && IsRemoved(keyspace, operation.Key);
        CountDelta delta = isUnknown ? CountDelta.Unknown : operation.Delta;
        bool hadExpiry = operation.HadExpiry && !isUnknown;
        RecordHeader* record;
        if (operation.Kind is LogOperationKind.Put or LogOperationKind.Remove)
        {
            bool isPut = operation.Kind == LogOperationKind.Put;
            ulong* slot = _memory.Table.Find(hash, keyspace, operation.Key);
            Known(slot, isPut, ref delta, ref hadExpiry);
            RecordContent content = isPut ? ContentOf(operation) : default;
            RecordStates flags = FlagsOf(delta) | (isPut ? RecordStates.None : RecordStates.Absent);
            record = _memory.Put(slot, hash, keyspace, operation.Key, content, flags);
            lost?.Remove(partition.Index, keyspace, operation.Key);
            if (isPut) KeepPlace(record, operation);
        }
        else
        {
            ulong* slot = MakeResident(hash, keyspace, operation.Key);
            bool isRange = operation.Kind == LogOperationKind.WriteRange;
            if (IsLost(operation) || (lost is not null && !isRange && slot == null))
            {
                Lose(slot, operation);
                return;
            }

            if (!isRange && slot == null)
            {
                throw new LogException(LogProblem.Corrupt, partition.Files.Directory, 0,
                    $"change {operation.Sequence} sets the expiry of a key that does not exist");
            }

            Known(slot, true, ref delta, ref hadExpiry);
            int length = isRange ? operation.NewLength : RecordTable.RecordAt(slot)->ValueLength;
            record = _memory.Open(slot, hash, keyspace, operation.Key, length, true,
                out RecordHeader* replaced);
            _memory.FreeReplaced(replaced, record);
            if (isRange)
            {
                operation.Value.CopyTo(RecordKeys.Value(record)[operation.Offset..]);
                record->Encoding = (byte)StringEncoding.Raw;
                RecordKeys.Set(record, FlagsOf(delta));
                _memory.Active.Places.Clear(record->DirtyIndex);
            }
            else
            {
                _memory.SetExpiry(record, operation.ExpireAt);
            }
        }

        bool keepsExpiry = operation.Kind == LogOperationKind.WriteRange;
        if (!keepsExpiry) partition.Writer.CountExpires(keyspace, hadExpiry, operation.ExpireAt != 0);
        partition.Writer.Count(keyspace, record, delta);
    }

    // What was unknown when the operation was logged may be known here, since more is in memory.
    private static void Known(ulong* slot, bool exists, ref CountDelta delta, ref bool hadExpiry)
    {
        if (delta != CountDelta.Unknown || slot == null) return;
        RecordHeader* record = RecordTable.RecordAt(slot);
        bool existed = !RecordKeys.Is(record, RecordStates.Absent);
        delta = existed == exists ? CountDelta.None : exists ? CountDelta.Plus : CountDelta.Minus;
        hadExpiry = record->ExpireAt != 0;
    }

    private static RecordStates FlagsOf(CountDelta delta) =>
        delta == CountDelta.Unknown ? RecordStates.CountPending : RecordStates.None;

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
        if (slot != null || IsRemoved(keyspace, key)) return slot;
        RunAnswer answer;
        RunEntry entry;
        try
        {
            answer = partition.Runs.Find(blocks, keyspace, key, hash, out entry);
        }
        catch (IOException) when (lost is not null)
        {
            lost.Add(partition.Index, keyspace, key);
            return null;
        }

        if (answer != RunAnswer.Present) return null;
        _memory.InsertClean(hash, keyspace, key, Partition.ContentOf(entry), RecordStates.None);
        return _memory.Table.Find(hash, keyspace, key);
    }

    private bool IsLost(in LogOperation operation) =>
        lost is not null && lost.Contains(partition.Index, operation.Keyspace, operation.Key);

    // An older version must not come back in place of what is lost.
    private void Lose(ulong* slot, in LogOperation operation)
    {
        uint keyspace = operation.Keyspace;
        lost!.Add(partition.Index, keyspace, operation.Key);
        ulong hash = KeyHash.Compute(keyspace, operation.Key);
        _memory.Put(slot, hash, keyspace, operation.Key, default,
            RecordStates.Absent | RecordStates.CountPending);
    }

    private bool IsRemoved(uint keyspace, ReadOnlySpan<byte> key)
    {
        if (!_memory.HasRemovedRanges) return false;
        Span<byte> internalKey = blocks.KeyScratch.Span;
        return _memory.IsRemoved(internalKey[..InternalKey.Write(internalKey, keyspace, key)]);
    }
}
