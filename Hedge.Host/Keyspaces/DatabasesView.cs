using Hedge.Host.Commands;
using Hedge.Host.Cores;
using Hedge.Host.Slots;
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Storage.Values;

namespace Hedge.Host.Keyspaces;

/// <summary>The databases over all partitions, for commands that hold them all. One per core.</summary>
internal sealed class DatabasesView(CoreLoop loop) : IDatabases
{
    // What is logged per partition.
    private const int OperationBytes = 64;

    public int Count => loop.Group.Server.Settings.Current.Databases;

    public int PartitionCount => loop.Group.Partitions.Length;

    public bool Holds(int partition)
    {
        PartitionSlot slot = loop.Group.Partitions[partition];
        bool isHere = slot.Home == loop.Index && slot.Holder == null;
        return isHere || (loop.Executor.Lease is { } lease && lease.Partitions.Contains(partition));
    }

    public bool MayHaveKeys(int database, int partition)
    {
        Partition store = loop.Group.Partitions[partition].Store;
        return store.UnflushedRecords > 0 || store.RunEntries(database) > 0;
    }

    public long UnflushedRecords
    {
        get
        {
            long count = 0;
            foreach (PartitionSlot slot in loop.Group.Partitions) count += slot.Store.UnflushedRecords;
            return count;
        }
    }

    public bool TryCountKeys(int database, out long count)
    {
        count = 0;
        bool all = true;
        foreach (PartitionSlot slot in loop.Group.Partitions)
        {
            all &= slot.Store.TryCount(loop.Storage, database, out long keys);
            count += keys;
        }

        return all;
    }

    public long KeyCount(int database, int partition) =>
        loop.Group.Partitions[partition].Store.Count(database);

    public long ApproximateExpires(int database)
    {
        long count = 0;
        foreach (PartitionSlot slot in loop.Group.Partitions) count += slot.Store.ExpiresCount(database);
        return count;
    }

    public long AverageTtl(int database, long nowMilliseconds)
    {
        double sum = 0;
        long count = 0;
        foreach (PartitionSlot slot in loop.Group.Partitions)
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
        foreach (PartitionSlot slot in loop.Group.Partitions) count += slot.Store.Count(database);
        return count;
    }

    public long ApproximateRunEntries(int database)
    {
        long count = 0;
        foreach (PartitionSlot slot in loop.Group.Partitions) count += slot.Store.RunEntries(database);
        return count;
    }

    public RunTiers RunTiers()
    {
        var tiers = new RunTiers();
        foreach (PartitionSlot slot in loop.Group.Partitions) tiers.Add(slot.Store);
        return tiers;
    }

    public ValueLogFigures ValueLog => loop.Storage.ValueLog;

    public void Flush(int database)
    {
        loop.WriteBudget.Take(0, PartitionCount * (long)OperationBytes);
        foreach (PartitionSlot slot in loop.Group.Partitions) slot.Store.Flush(loop.Storage, database);
        for (int i = 0; i < Count; i++)
            if (ApproximateKeys(i) > 0) return;
        loop.Storage.ForgetBlocks();
    }

    public void RemoveRange(int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        loop.WriteBudget.Take(0, PartitionCount * (OperationBytes + (long)from.Length + to.Length));
        foreach (PartitionSlot slot in loop.Group.Partitions)
            slot.Store.RemoveRange(loop.Storage, database, from, to);
    }

    public void Swap(int first, int second)
    {
        loop.WriteBudget.Take(0, PartitionCount * (long)OperationBytes);
        foreach (PartitionSlot slot in loop.Group.Partitions)
            slot.Store.SwapDatabases(loop.Storage, first, second);
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
            Partition store = loop.Group.Partitions[(partition + i) % PartitionCount].Store;
            KeyStep step = store.RandomKey(loop.Storage, database, seed.Next(), out key);
            if (step != KeyStep.End) return step == KeyStep.Key ? ScanStep.Key : ScanStep.NotResident;
        }

        return ScanStep.End;
    }

    public IKeyScan Scan(int database, int partition, ReadOnlySpan<byte> after, bool fromStart,
        ReadOnlySpan<byte> prefix, ScanOutlook outlook) =>
        new ScanView(loop.Group.Partitions[partition].Store
            .Scan(loop.Storage, database, prefix, after, fromStart, outlook));

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
