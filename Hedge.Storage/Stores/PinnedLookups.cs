using Hedge.Storage.Cores;
using Hedge.Storage.Memtables;

namespace Hedge.Storage.Stores;

/// <summary>Gathers records of a partition that must stay in memory until a command has all of
/// them.</summary>
public static class PinnedLookups
{
    /// <summary>Notes that a command begins to gather. Any thread.</summary>
    public static void Begin(KeyStore partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        partition.Pins.Begin();
    }

    /// <summary>Ends a <see cref="Begin"/>. The gathered records may be evicted. Any thread.</summary>
    public static void End(KeyStore partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        partition.Pins.End();
    }

    /// <summary>Looks a key up, without counting as an access. Its record stays in memory unless it is
    /// replaced.</summary>
    /// <param name="partition">The key's partition; the caller holds it.</param>
    /// <param name="core">The calling core's services.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="bytes">Bytes that the record takes; 0 when there is none.</param>
    /// <returns>False when a block must be read first.</returns>
    public static bool TryPin(KeyStore partition, CoreStorage core, int database, ReadOnlySpan<byte> key,
        out long bytes)
    {
        ArgumentNullException.ThrowIfNull(partition);
        bytes = 0;
        ulong hash = partition.Hash(database, key);
        if (!partition.TryFind(core, database, key, hash, false, out _)) return false;
        bytes = RecordPins.Pin(partition.Memory, hash, partition.Keyspaces.IdOf(database), key);
        return true;
    }
}
