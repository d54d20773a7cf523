using Hedge.Storage.Records;

namespace Hedge.Storage.Partitions;

/// <summary>Chooses a key at random (RANDOMKEY).</summary>
internal static unsafe class RandomKeys
{
    private const int SlotsPerStep = 4096;

    /// <summary>Chooses a key of the database; see <see cref="Partition.RandomKey"/>.</summary>
    public static KeyStep Choose(CoreStorage core, Partition partition, int database, ulong random,
        out ReadOnlySpan<byte> key)
    {
        key = default;
        RecordTable table = partition.Memory.Table;
        Picker picker = new(partition.Keyspaces.IdOf(database), core.NowMilliseconds);
        TablePosition position = new() { Segment = (int)(random >> 32) & (table.DirectoryLength - 1), Slot = 0 };
        position = table.Normalize(position, (uint)random);
        TablePosition start = position;
        bool wrapped = false;
        while (picker.Found == null)
        {
            if (!table.Walk(ref position, SlotsPerStep, ref picker))
            {
                if (wrapped) break;
                wrapped = true;
            }
            else if (wrapped && position.Segment > start.Segment) break;
        }

        if (picker.Found == null) return KeyStep.End;
        key = RecordKeys.Key(picker.Found);
        return KeyStep.Key;
    }

    /// <summary>Takes the first live record it is shown.</summary>
    private struct Picker(uint keyspace, long now) : ITableVisitor
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
