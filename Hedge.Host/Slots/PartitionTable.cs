namespace Hedge.Host.Slots;

/// <summary>All partitions, and which of them a key belongs to. Built once; read by all cores.</summary>
internal sealed class PartitionTable(IReadOnlyList<PartitionSlot> slots)
{
    private readonly PartitionSlot[] _slots = [.. slots];

    /// <summary>Every partition, by its number.</summary>
    public PartitionSlot[] All => _slots;

    /// <summary>How many partitions there are.</summary>
    public int Count => _slots.Length;

    /// <summary>With more arguments a command reads its keys in rounds, of so many keys at most.</summary>
    public int RoundKeysMin { get; set; } = 4096;

    /// <summary>After so many commands a transaction gives the core's other clients their turn.</summary>
    public int CommandsPerTurn { get; set; } = 1024;

    /// <summary>A partition.</summary>
    public PartitionSlot this[int partition] => _slots[partition];

    /// <summary>The partition of a key.</summary>
    public int Of(ReadOnlySpan<byte> key) =>
        (int)((uint)HashSlots.Of(key) * (uint)_slots.Length / HashSlots.Count);
}
