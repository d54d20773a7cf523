using Hedge.Host.Slots;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// Makes a core's operations of one phase: kind, id, key, partition. Only keys of the core's own partitions:
/// ids are drawn until one is, so that each of C cores draws C ids per operation (about 40 ns each); with one
/// core none is drawn in vain. Owned by the core.
/// </summary>
internal sealed class OperationSource
{
    private const ulong MissingIds = 1UL << 40;

    private readonly int _core;
    private readonly int _cores;
    private readonly uint _partitions;
    private readonly KeySpace _keys;
    private readonly Workload _workload;
    private readonly IdDistribution _distribution;
    private readonly Randomness _random;
    private readonly ulong _records;
    private readonly OperationKind[] _kinds = new OperationKind[100];
    private readonly ulong _stride;
    private readonly int _batch;
    private readonly Memory<byte> _key;
    private ulong _inserted;
    private ulong _deleted;

    public OperationSource(BenchOptions options, Workload workload, KeySpace keys, int core, int partitions)
    {
        _core = core;
        _cores = options.Engine.Cores;
        _partitions = (uint)partitions;
        _keys = keys;
        _workload = workload;
        _records = (ulong)options.Records;
        _batch = options.Batch;
        _key = keys.NewKey();
        _random = new Randomness(options.Seed + ((ulong)core << 32));
        _stride = options.EffectiveDistribution == DistributionKind.Sequential
            ? 1 : StridedOrder.StrideOf(_records);
        _distribution = IdDistribution.Of(options.EffectiveDistribution, _records, options.Theta,
            options.ExponentialRange);
        _inserted = workload.IsLoad || workload.IsTimeSeries ? 0 : _records;
        int next = 0;
        foreach ((OperationKind kind, int percent) in workload.Shares)
            for (int i = 0; i < percent; i++) _kinds[next++] = kind;
    }

    /// <summary>Makes the next operation; false when every id has had its turn (load, delete).</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="writesMax">The most writes of a batch.</param>
    public bool TryNext(BenchOperation operation, long writesMax)
    {
        operation.More.Clear();
        if (!TryNext(operation)) return false;
        int batch = _workload.TakesBatch ? (int)Math.Min(_batch, writesMax) : 1;
        // The batch's key is the first's; the others are written when it is run.
        while (operation.Writes < batch && TryNextId(operation.Kind, out ulong id))
        {
            _keys.Write(_key.Span, id);
            int partition = PartitionOf(_key.Span);
            if (_cores == 1 || partition % _cores == _core) operation.More.Add((id, partition));
        }

        return true;
    }

    private bool TryNext(BenchOperation operation)
    {
        OperationKind kind = _workload.Shares.Count == 1 ? _workload.Shares[0].Kind
            : _kinds[_random.Below(100)];
        if (kind == OperationKind.Read && _inserted == 0) kind = OperationKind.Insert;
        operation.Kind = kind;
        do
        {
            if (!TryNextId(kind, out ulong id)) return false;
            operation.Id = id;
            _keys.Write(operation.Key, id);
            operation.Partition = PartitionOf(operation.Key);
        }
        while (_cores > 1 && operation.Partition % _cores != _core);
        if (kind == OperationKind.Scan)
        {
            int keys = _workload.ScanMin
                + (int)_random.Below((ulong)(_workload.ScanMax - _workload.ScanMin + 1));
            operation.Scan.Begin(operation.Key, keys);
        }

        return true;
    }

    private int PartitionOf(ReadOnlySpan<byte> key) =>
        (int)((uint)HashSlots.Of(key) * _partitions / HashSlots.Count);

    private bool TryNextId(OperationKind kind, out ulong id)
    {
        switch (kind)
        {
            case OperationKind.Insert:
                id = _inserted++;
                return !_workload.IsLoad || id < _records;
            case OperationKind.Delete:
                // Every id once, but in another order than they were written in. All cores walk the same way.
                id = _deleted * _stride % _records;
                return _deleted++ < _records;
            case OperationKind.ReadMissing:
                id = MissingIds + _random.Below(_records);
                return true;
            default:
                id = _distribution.Next(_random, _inserted);
                return true;
        }
    }
}
