using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Scans;

/// <summary>Chooses a key at random (RANDOMKEY): cheap and about uniform.</summary>
/// <remarks>
/// 1. With as many chances as there are puts in the runs and records in memory, either a random block of a
///    random run or a random place in the table is chosen, and there a key.
/// 2. A key from a run counts when the look-up finds it. After some attempts the first key of the database is
///    taken.
/// </remarks>
// SAFETY: the record picked is live, and its key is copied before anything is written.
internal static unsafe class RandomKeys
{
    private const int AttemptsMax = 64;
    private const int SlotsPerAttempt = 512;

    /// <summary>Chooses a key of the database; see <c>Partition.RandomKey</c>.</summary>
    public static KeyStep Choose(CoreStorage core, KeyStore partition, int database, ulong random,
        out ReadOnlySpan<byte> key)
    {
        long onDisk = 0;
        foreach (Run run in partition.Runs.Newest) onDisk += run.Info.KeyPuts;
        for (int attempt = 0; attempt < AttemptsMax && partition.Count(database) > 0; attempt++)
        {
            random = Next(random);
            ulong total = (ulong)(onDisk + partition.Memory.Table.Count);
            if (total == 0) break;
            ulong chosen = Next(random ^ 0x5DEECE66D) % total;
            if (chosen >= (ulong)onDisk)
            {
                if (FromTable(core, partition, database, random, out key)) return KeyStep.Key;
                continue;
            }

            KeyStep step = FromRuns(core, partition, database, (long)chosen, random, out key);
            if (step != KeyStep.End) return step;
        }

        partition.CountScan();
        KeyScan scan = new(
            core, partition, partition.Keyspaces.IdOf(database), default, default, true, default);
        KeyStep last = scan.MoveNext();
        key = last == KeyStep.Key ? scan.Key : default;
        return last;
    }

    private static bool FromTable(CoreStorage core, KeyStore partition, int database, ulong random,
        out ReadOnlySpan<byte> key)
    {
        RecordTable table = partition.Memory.Table;
        Picker picker = new(partition.Keyspaces.IdOf(database), core.NowMilliseconds);
        TablePosition position = Place(table, random);
        table.Walk(ref position, SlotsPerAttempt, ref picker);
        return TryCopy(core, picker.Found, out key);
    }

    private static TablePosition Place(RecordTable table, ulong random)
    {
        int segment = (int)(random >> 33) & (table.DirectoryLength - 1);
        return table.Normalize(new TablePosition { Segment = segment }, (uint)random);
    }

    private static bool TryCopy(CoreStorage core, RecordHeader* found, out ReadOnlySpan<byte> key)
    {
        key = default;
        if (found == null) return false;
        Span<byte> copy = core.KeyScratch.Span[..found->KeyLength];
        RecordKeys.Key(found).CopyTo(copy);
        key = copy;
        return true;
    }

    private static KeyStep FromRuns(CoreStorage core, KeyStore partition, int database, long chosen,
        ulong random,
        out ReadOnlySpan<byte> key)
    {
        key = default;
        Run? run = null;
        foreach (Run candidate in partition.Runs.Newest)
        {
            run = candidate;
            if (chosen < candidate.Info.KeyPuts) break;
            chosen -= candidate.Info.KeyPuts;
        }

        (long first, long end) = run!.KeyBlocks();
        BlockLocation location = run.BlockAt(first + (long)(random % (ulong)(end - first)));
        if (!core.Blocks.TryGet(run, location, out ReadOnlySpan<byte> block)) return KeyStep.NotResident;
        BlockWalker walker = new();
        int entries = 0;
        while (walker.Next(block)) entries++;
        walker.Reset();
        for (int i = (int)(Next(random) % (ulong)entries); i >= 0; i--) walker.Next(block);
        uint keyspace = partition.Keyspaces.IdOf(database);
        if (InternalKey.Keyspace(walker.Key) != keyspace) return KeyStep.End;
        ReadOnlySpan<byte> userKey = InternalKey.UserKey(walker.Key);
        ulong hash = KeyHash.Compute(keyspace, userKey);
        if (!partition.TryFind(core, database, userKey, hash, false, out Record record))
            return KeyStep.NotResident;
        if (!record.Exists) return KeyStep.End;
        key = userKey;
        return KeyStep.Key;
    }

    private static ulong Next(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>Takes the first live record it is shown.</summary>
    private struct Picker(uint keyspace, long now) : IRecordVisitor
    {
        public RecordHeader* Found;

        public bool Visit(RecordHeader* record)
        {
            if (Found != null || record->Keyspace != keyspace) return false;
            if (RecordKeys.Is(record, RecordStates.Absent)) return false;
            if (record->ExpireAt == 0 || record->ExpireAt > now) Found = record;
            return false;
        }
    }
}
