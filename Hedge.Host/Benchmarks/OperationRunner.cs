using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;

namespace Hedge.Host.Benchmarks;

/// <summary>How the run of an operation ended.</summary>
internal enum RunOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>Blocks must be read; it has written nothing and is run again then.</summary>
    NotResident,

    /// <summary>It is run again in the next turn (a scan's next step).</summary>
    Later,
}

/// <summary>
/// Runs one operation against its partition as the server runs a command, and checks what it reads. Owned by
/// the core.
/// </summary>
internal sealed class OperationRunner(BenchShared shared, CoreStorage storage, IReadOnlyList<Partition> homes)
{
    /// <summary>Keys that a scan visits in one turn, so that others get theirs.</summary>
    private const int ScanKeysPerStep = 512;

    private readonly IReadOnlyList<Partition> _partitions = shared.Engine.Partitions;
    private readonly byte[] _value = new byte[shared.Options.ValueBytes];
    private readonly Memory<byte> _key = shared.Keys.NewKey();
    private readonly WriteBatch _batch = new(storage);
    private readonly bool _checks = shared.Options.EffectiveCheck != ValueCheck.None;

    // How long keys live when they expire at all.
    private readonly long _ttlMilliseconds =
        shared.Options.Workload.IsTimeSeries ? shared.Options.TtlSeconds * 1000L : 0;

    /// <summary>What the phase counts.</summary>
    public CoreFigures Figures { get; set; } = new();

    /// <summary>Where the last operation's change ends in the log.</summary>
    public LogPosition LogEnd { get; private set; }

    /// <summary>Runs it.</summary>
    public RunOutcome Run(BenchOperation operation)
    {
        Partition partition = _partitions[operation.Partition];
        RunOutcome outcome = operation.Kind switch
        {
            OperationKind.Update or OperationKind.Insert when operation.More.Count > 0 => WriteAll(operation),
            OperationKind.Update or OperationKind.Insert => Write(partition, operation),
            OperationKind.Scan => Scan(operation),
            _ => LookUp(partition, operation),
        };
        LogEnd = storage.EndCommand();
        if (LogEnd == LogPosition.Refused) shared.Fail("the log has refused a write");
        return outcome;
    }

    private RunOutcome Write(Partition partition, BenchOperation operation)
    {
        MakeValue(operation.Kind, operation.Id);
        partition.Put(storage, 0, operation.Key, operation.Hash, RecordType.String, StringEncoding.Raw,
            _value, ExpireAt);
        Figures.UserBytesWritten += operation.Key.Length + _value.Length;
        return RunOutcome.Done;
    }

    private RunOutcome WriteAll(BenchOperation operation)
    {
        MakeValue(operation.Kind, operation.Id);
        _batch.Put(_partitions[operation.Partition], 0, operation.Key, _value, ExpireAt);
        foreach ((ulong id, int partition) in operation.More)
        {
            shared.Keys.Write(_key.Span, id);
            MakeValue(operation.Kind, id);
            _batch.Put(_partitions[partition], 0, _key.Span, _value, ExpireAt);
        }

        Figures.UserBytesWritten += operation.Writes * (long)(_key.Length + _value.Length);
        if (_batch.Commit() == LogPosition.Refused) shared.Fail("the log has refused a batch");
        return RunOutcome.Done;
    }

    private long ExpireAt => _ttlMilliseconds == 0 ? 0 : storage.NowMilliseconds + _ttlMilliseconds;

    private void MakeValue(OperationKind kind, ulong id)
    {
        uint version = 0;
        if (shared.Versions is { } versions && kind != OperationKind.Insert && versions.Knows(id))
            version = versions.Advance(id);
        else if (shared.Versions is null && kind != OperationKind.Insert)
            version = (uint)storage.NowMilliseconds;
        ValueMaker.Write(_value, id, version, shared.Options.CompressiblePercent);
    }

    private RunOutcome LookUp(Partition partition, BenchOperation operation)
    {
        if (!partition.TryFind(storage, 0, operation.Key, operation.Hash, true, out Record record))
            return RunOutcome.NotResident;
        if (record.Exists) Figures.Hits++;
        else Figures.Misses++;
        if (_checks && FindFault(operation, record) is { } fault)
        {
            shared.Fail($"wrong value: id {operation.Id}, key "
                + $"{System.Text.Encoding.ASCII.GetString(operation.Key)}: {fault}");
            return RunOutcome.Done;
        }

        if (operation.Kind == OperationKind.ReadModifyWrite) return Write(partition, operation);
        if (operation.Kind == OperationKind.Delete && record.Exists)
        {
            partition.Remove(storage, 0, operation.Key, operation.Hash);
            if (shared.Versions is { } versions && versions.Knows(operation.Id))
                versions.Remove(operation.Id);
            Figures.UserBytesWritten += operation.Key.Length;
        }

        return RunOutcome.Done;
    }

    private string? FindFault(BenchOperation operation, in Record record)
    {
        ulong id = operation.Id;
        if (operation.Kind == OperationKind.ReadMissing)
            return record.Exists ? "it was never written, but is there" : null;
        bool isKnown = shared.Versions is { } versions && versions.Knows(id);
        if (!record.Exists)
        {
            return isKnown && shared.Versions!.Of(id) != Versions.Absent
                ? $"version {shared.Versions.Of(id)} was written, but nothing is there" : null;
        }

        int compressible = shared.Options.CompressiblePercent;
        if (record.Value.Length != _value.Length
            || !ValueMaker.TryRead(record.Value, id, out uint version, compressible))
            return "the bytes are no value of this key";
        if (!isKnown || shared.Versions!.Of(id) == version) return null;
        string last = shared.Versions.Of(id) == Versions.Absent ? "it was removed"
            : $"version {shared.Versions.Of(id)} was written last";
        return $"{last}, but version {version} is there";
    }

    private RunOutcome Scan(BenchOperation operation)
    {
        ScanProgress progress = operation.Scan;
        int position = PositionOf(operation.Partition);
        KeyScan? scan = null;
        for (int i = 0; i < ScanKeysPerStep && progress.Remaining > 0; i++)
        {
            scan ??= homes[(position + progress.PartitionsDone) % homes.Count]
                .Scan(storage, 0, default, progress.Last, progress.Last.IsEmpty,
                    new ScanExtent(progress.Remaining, progress.IdleRestarts));
            switch (scan.MoveNext())
            {
                case KeyStep.NotResident:
                    progress.IdleRestarts++;
                    return RunOutcome.NotResident;
                case KeyStep.End:
                    scan = null;
                    progress.NextPartition();
                    if (progress.PartitionsDone > homes.Count) progress.Remaining = 0;
                    break;
                default:
                    if (_checks && !IsRight(scan.Key, progress.Last)) return RunOutcome.Done;
                    progress.Visit(scan.Key);
                    Figures.KeysScanned++;
                    break;
            }
        }

        return progress.Remaining > 0 ? RunOutcome.Later : RunOutcome.Done;
    }

    private bool IsRight(ReadOnlySpan<byte> key, ReadOnlySpan<byte> last)
    {
        bool isRight = shared.Keys.TryRead(key, out _) && key.SequenceCompareTo(last) > 0;
        if (!isRight)
        {
            shared.Fail($"a scan gave {System.Text.Encoding.ASCII.GetString(key)} after "
                + System.Text.Encoding.ASCII.GetString(last));
        }

        return isRight;
    }

    private int PositionOf(int partition)
    {
        for (int i = 0; i < homes.Count; i++)
            if (homes[i].Index == partition) return i;
        return 0;
    }
}
