using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Stores;

/// <summary>Looks up keys that are not in a partition's memory.</summary>
// SAFETY: a record given out has just been put into the table.
internal static unsafe class DiskLookup
{
    /// <summary>Begins to load the memory that tells where a key is on disk into the processor's
    /// cache.</summary>
    public static void PrefetchPlace(KeyStore partition, CoreStorage core, int database,
        ReadOnlySpan<byte> key, ulong hash)
    {
        // A longer key will be refused.
        if (key.Length > KeyLimits.KeyBytesMax) return;
        Span<byte> scratch = core.Blocks.KeyScratch.Span;
        int length = InternalKey.Write(scratch, partition.Keyspaces.IdOf(database), key);
        partition.Runs.PrefetchPlace(scratch[..length], hash);
    }

    /// <summary>Looks a key up in the runs and keeps the answer in memory.</summary>
    /// <returns>False when a block or a value must be read first.</returns>
    public static bool TryFind(KeyStore partition, CoreStorage core, int database, ReadOnlySpan<byte> key,
        ulong hash, out Record record)
    {
        record = default;
        bool isThere = TryAsk(partition, core, database, key, hash, false, out RunAnswer answer,
            out RunEntry entry);
        if (!isThere || answer == RunAnswer.Absent) return isThere;
        uint keyspace = partition.Keyspaces.IdOf(database);
        if (answer == RunAnswer.AbsentAfterSearch)
        {
            partition.Memory.InsertClean(hash, keyspace, key, default, RecordStates.Absent);
            core.Touched.Add(partition);
            return true;
        }

        bool isExpired = entry.ExpireAt != 0 && entry.ExpireAt <= core.NowMilliseconds;
        if (entry.IsReference)
        {
            // The key has expired, so its value was not read. Its record lacks the value and must be
            // removed at once.
            if (!core.CanWrite) return true;
            entry = entry with { Value = default, IsReference = false };
        }

        RecordHeader* header = partition.Memory.InsertClean(hash, keyspace, key, KeyStore.ContentOf(entry),
            RecordStates.None);
        core.Touched.Add(partition);
        if (!isExpired) return partition.TryShow(core, database, key, hash, header, out record);
        partition.Writer.Expire(core, database, key, hash);
        return true;
    }

    /// <summary>Looks a key up in the runs without reading the value that its entry refers to. The answer
    /// is not kept in memory.</summary>
    /// <returns>False when a block must be read first.</returns>
    public static bool TryDescribe(KeyStore partition, CoreStorage core, int database,
        ReadOnlySpan<byte> key, ulong hash, out KeyInfo info)
    {
        info = default;
        bool isThere = TryAsk(partition, core, database, key, hash, true, out RunAnswer answer,
            out RunEntry entry);
        if (!isThere || answer != RunAnswer.Present) return isThere;
        if (entry.Type == (byte)RecordType.Hash
            && (entry.IsReference || RootFormat.MayHaveDue(entry.Value, core.NowMilliseconds)))
        {
            // Only its value tells whether all of its fields have expired.
            isThere = partition.TryFind(core, database, key, hash, false, out Record record);
            info = KeyInfo.Of(record);
            return isThere;
        }

        if (entry.ExpireAt == 0 || entry.ExpireAt > core.NowMilliseconds)
            info = new KeyInfo(true, (RecordType)entry.Type, entry.ExpireAt);
        return true;
    }

    /// <summary>Looks a node up in the runs, which must hold it, and brings it into memory.</summary>
    /// <returns>False when a block or a value must be read first.</returns>
    /// <exception cref="RunFormatException">The runs do not hold it.</exception>
    public static bool TryFindNode(KeyStore partition, CoreStorage core, uint keyspace,
        ReadOnlySpan<byte> key, ulong hash, out RecordHeader* record)
    {
        record = null;
        partition.CountRunLookup();
        RunAnswer answer = partition.Runs.Find(core.Blocks, keyspace, key, hash, out RunEntry entry);
        if (answer == RunAnswer.NotResident)
        {
            partition.Reclaimer.Ghosts.Missed(hash);
            return false;
        }

        core.Counters.RunLookups++;
        if (answer != RunAnswer.Present)
            throw new RunFormatException(partition.Files.Directory, "a node of a collection is missing");
        record = partition.Memory.InsertClean(
            hash, keyspace, key, KeyStore.ContentOf(entry), RecordStates.None);
        core.Touched.Add(partition);
        return true;
    }

    private static bool TryAsk(KeyStore partition, CoreStorage core, int database, ReadOnlySpan<byte> key,
        ulong hash, bool describes, out RunAnswer answer, out RunEntry entry)
    {
        answer = RunAnswer.Absent;
        entry = default;
        partition.CountRunLookup();
        uint keyspace = partition.Keyspaces.IdOf(database);
        if (partition.Memory.HasRemovedRanges)
        {
            // Memory does not keep the absence, so a later write of the key counts as one that may have
            // replaced something (KeyCounts).
            Span<byte> internalKey = core.Blocks.KeyScratch.Span;
            int length = InternalKey.Write(internalKey, keyspace, key);
            if (partition.Memory.IsRemoved(internalKey[..length])) return true;
        }

        answer = partition.Runs.Find(core.Blocks, keyspace, key, hash, out entry,
            describes ? ValuesToRead.None : ValuesToRead.Unexpired, core.NowMilliseconds);
        if (answer == RunAnswer.NotResident)
        {
            partition.Reclaimer.Ghosts.Missed(hash);
            return false;
        }

        core.Counters.RunLookups++;
        if (answer == RunAnswer.Absent) core.Counters.FilteredAbsences++;
        return true;
    }
}
