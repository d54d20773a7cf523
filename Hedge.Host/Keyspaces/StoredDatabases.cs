using Hedge.Host.Commands;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Storage.Values;

namespace Hedge.Host.Keyspaces;

/// <summary>The databases over all partitions, for commands that hold them all. One per core.</summary>
internal sealed class StoredDatabases(CoreTurn turn, Server server, PartitionTable partitions,
    CoreStorage storage, WriteBudget budget, RunningLease running) : IDatabases
{
    // What is logged per partition.
    private const int OperationBytes = 64;

    public int Count => server.Settings.Current.Databases;

    public int PartitionCount => partitions.Count;

    public bool Holds(int partition)
    {
        PartitionSlot slot = partitions[partition];
        bool isHere = slot.Home == turn.Core && slot.Holder == null;
        return isHere || (running.Lease is { } lease && lease.Partitions.Contains(partition));
    }

    public bool MayHaveKeys(int database, int partition)
    {
        Partition store = partitions[partition].Store;
        return store.UnflushedRecords > 0 || store.RunEntries(database) > 0;
    }

    public long UnflushedRecords
    {
        get
        {
            long count = 0;
            foreach (PartitionSlot slot in partitions.All) count += slot.Store.UnflushedRecords;
            return count;
        }
    }

    public bool TryCountKeys(int database, out long count)
    {
        count = 0;
        bool all = true;
        foreach (PartitionSlot slot in partitions.All)
        {
            all &= slot.Store.TryCount(storage, database, out long keys);
            count += keys;
        }

        return all;
    }

    public long KeyCount(int database, int partition) =>
        partitions[partition].Store.Count(database);

    public long ApproximateExpires(int database)
    {
        long count = 0;
        foreach (PartitionSlot slot in partitions.All) count += slot.Store.ExpiresCount(database);
        return count;
    }

    public long AverageTtl(int database, long nowMilliseconds)
    {
        double sum = 0;
        long count = 0;
        foreach (PartitionSlot slot in partitions.All)
        {
            long expireAt = slot.Store.AverageExpiry(database);
            long expires = slot.Store.ExpiresCount(database);
            if (expireAt <= nowMilliseconds || expires == 0) continue;
            sum += (double)expires * (expireAt - nowMilliseconds);
            count += expires;
        }

        return count == 0 ? 0 : (long)(sum / count);
    }

    public long ApproximateKeys(int database)
    {
        long count = 0;
        foreach (PartitionSlot slot in partitions.All) count += slot.Store.Count(database);
        return count;
    }

    public long ApproximateRunEntries(int database)
    {
        long count = 0;
        foreach (PartitionSlot slot in partitions.All) count += slot.Store.RunEntries(database);
        return count;
    }

    public RunTiers RunTiers()
    {
        var tiers = new RunTiers();
        foreach (PartitionSlot slot in partitions.All) tiers.Add(slot.Store);
        return tiers;
    }

    public ValueLogFigures ValueLog => storage.ValueLog;

    public void Flush(int first, int count)
    {
        budget.Take(0, count * PartitionCount * (long)OperationBytes);
        for (int database = first; database < first + count; database++)
            foreach (PartitionSlot slot in partitions.All) slot.Store.Flush(storage, database);
        storage.ReaderSink?.ChangedEverywhere();
        for (int i = 0; i < Count; i++)
            if (ApproximateKeys(i) > 0) return;
        storage.ForgetBlocks();
    }

    public void RemoveRange(int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        budget.Take(0, PartitionCount * (OperationBytes + (long)from.Length + to.Length));
        foreach (PartitionSlot slot in partitions.All)
            slot.Store.RemoveRange(storage, database, from, to);
        storage.ReaderSink?.ChangedEverywhere();
    }

    public void Swap(int first, int second)
    {
        budget.Take(0, PartitionCount * (long)OperationBytes);
        foreach (PartitionSlot slot in partitions.All)
            slot.Store.SwapDatabases(storage, first, second);
    }

    public ScanStep RandomKey(int database, ISeed seed, out ReadOnlySpan<byte> key)
    {
        key = default;
        long total = ApproximateKeys(database);
        // A partition is chosen in proportion to its keys, as far as they are counted; an empty or
        // all-expired one passes on to the next.
        long place = total == 0 ? 0 : (long)(seed.Next() % (ulong)total);
        int partition = 0;
        while (total > 0 && place >= KeyCount(database, partition)) place -= KeyCount(database, partition++);
        for (int i = 0; i < PartitionCount; i++)
        {
            Partition store = partitions[(partition + i) % PartitionCount].Store;
            KeyStep step = store.RandomKey(storage, database, seed.Next(), out key);
            if (step != KeyStep.End) return step == KeyStep.Key ? ScanStep.Key : ScanStep.NotResident;
        }

        return ScanStep.End;
    }

    public IKeyScan Scan(int database, int partition, ReadOnlySpan<byte> after, bool fromStart,
        ReadOnlySpan<byte> prefix, ScanExtent extent) =>
        new ScanView(partitions[partition].Store
            .Scan(storage, database, prefix, after, fromStart, extent));

    private sealed class ScanView(KeyScan scan) : IKeyScan
    {
        public ReadOnlySpan<byte> Key => scan.Key;

        public RecordType Type => scan.Type;

        public bool HasStepped => scan.HasStepped;

        public ScanStep MoveNext() => scan.MoveNext() switch
        {
            KeyStep.Key => ScanStep.Key,
            KeyStep.End => ScanStep.End,
            _ => ScanStep.NotResident,
        };
    }
}
