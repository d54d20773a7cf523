using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Scans;

namespace Hedge.Storage.Expiries;

/// <summary>
/// Estimates when a database's keys expire on average (INFO keyspace, avg_ttl): a running average of samples,
/// as Redis's. Owned by the partition.
/// </summary>
/// <remarks>
/// 1. A sample is some unflushed records, or the entries of a random block of the runs' expiry index: with as
///    many chances as each has keys. Entries that are out of date count until their time.
/// 2. The average is kept as a point in time, so that it stays right while nothing changes and no sample is
///    taken.
/// 3. Taken once a second while the partition changes and for some rounds after that; at once when a database
///    with such keys has no estimate yet.
/// </remarks>
// SAFETY: a generation's list holds live records; none is kept beyond the call.
internal sealed unsafe class ExpiryAverages(PartitionState partition) : IDisposable
{
    private const long RoundMilliseconds = 1000;
    private const int RoundsMax = 50;
    private const uint RecordsPerRound = 128;

    private readonly BlockSampler _blocks = new(partition, isIndex: true, stretch: 1);
    private readonly Average[] _averages = new Average[partition.Keyspaces.Databases];
    private readonly double[] _sums = new double[partition.Keyspaces.Databases];
    private readonly long[] _counts = new long[partition.Keyspaces.Databases];
    private ulong _sequence;
    private int _rounds;
    private long _roundAt;

    /// <summary>When the keys of a database that expire do so on average, Unix milliseconds; 0 when nothing
    /// is known. Roughly right from any thread.</summary>
    public long ExpiresAt(int database) =>
        _averages[database].Keyspace == partition.Keyspaces.IdOf(database)
            ? (long)_averages[database].ExpireAt : 0;

    /// <summary>Takes a sample when it is time. The owner's tick.</summary>
    public void Tick(CoreStorage core)
    {
        bool hasNew = Forget();
        if (partition.Sequence != _sequence) _rounds = 0;
        if (!hasNew && (_rounds >= RoundsMax || core.NowMilliseconds < _roundAt)) return;
        if (!TrySample(core)) return;
        _sequence = partition.Sequence;
        _rounds++;
        _roundAt = core.NowMilliseconds + RoundMilliseconds;
        for (int i = 0; i < _averages.Length; i++)
        {
            if (_counts[i] == 0) continue;
            ref Average average = ref _averages[i];
            average.Keyspace = partition.Keyspaces.IdOf(i);
            average.Samples = Math.Min(average.Samples + 1, RoundsMax);
            average.ExpireAt += ((_sums[i] / _counts[i]) - average.ExpireAt) / average.Samples;
        }
    }

    /// <summary>The partition has other runs now.</summary>
    public void RunsChanged() => _blocks.RunsChanged();

    /// <inheritdoc/>
    public void Dispose() => _blocks.Dispose();

    // Databases that have been flushed or have no such keys any more. True when one has keys and no estimate.
    private bool Forget()
    {
        bool hasNew = false;
        for (int i = 0; i < _averages.Length; i++)
        {
            bool expires = partition.Keyspaces.Expires(i) > 0;
            if (!expires || _averages[i].Keyspace != partition.Keyspaces.IdOf(i)) _averages[i] = default;
            hasNew |= expires && _averages[i].Samples == 0;
        }

        return hasNew;
    }

    private bool TrySample(CoreStorage core)
    {
        long inMemory = partition.Memory.Active.Expiries.Count;
        foreach (Generation generation in partition.Memory.Frozen)
            if (!generation.IsReleasing) inMemory += generation.Expiries.Count;
        long onDisk = BlockSampler.Entries(partition, isIndex: true, core.NowMilliseconds);
        if (inMemory + onDisk == 0) return false;
        Array.Clear(_sums);
        Array.Clear(_counts);
        if ((long)(core.Random.Next() % (ulong)(inMemory + onDisk)) >= onDisk)
        {
            Sample(core, partition.Memory.Active);
            foreach (Generation generation in partition.Memory.Frozen)
                if (!generation.IsReleasing) Sample(core, generation);
            return true;
        }

        if (!_blocks.TryTake(core, out _, out ReadOnlySpan<byte> block)) return false;
        BlockWalker walker = new();
        while (walker.Next(block))
        {
            if (InternalKey.Keyspace(walker.Key) != InternalKey.ExpiryKeyspace) break;
            Add(core, InternalKey.ExpiringKeyspace(walker.Key), InternalKey.ExpiryTime(walker.Key));
        }

        return true;
    }

    private void Sample(CoreStorage core, Generation generation)
    {
        uint count = generation.Records.Count;
        if (count == 0) return;
        uint first = count <= RecordsPerRound ? 0 : (uint)(core.Random.Next() % count);
        uint step = count <= RecordsPerRound ? 1 : count / RecordsPerRound;
        for (uint i = 0; i < Math.Min(count, RecordsPerRound); i++)
        {
            RecordHeader* record = generation.Records[(uint)((first + ((ulong)i * step)) % count)];
            if (record != null && record->ExpireAt != 0) Add(core, record->Keyspace, record->ExpireAt);
        }
    }

    private void Add(CoreStorage core, uint keyspace, long expireAt)
    {
        int database = partition.Keyspaces.DatabaseOf(keyspace);
        if (database < 0 || expireAt <= core.NowMilliseconds) return;
        _sums[database] += expireAt;
        _counts[database]++;
    }

    /// <summary>A running average.</summary>
    private struct Average
    {
        public uint Keyspace;
        public int Samples;
        public double ExpireAt;
    }
}
