using Hedge.Storage.Cores;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>Touches the watched keys among many keys that change at once.</summary>
internal static class WatchTouches
{
    /// <summary>Touches the watched keys of a database from one key up to but excluding another (empty for
    /// the end), if they exist or may exist on disk.</summary>
    public static void Touch(CoreStorage core, KeyStore partition, int database,
        ReadOnlySpan<byte> from = default, ReadOnlySpan<byte> to = default)
    {
        if (partition.Watches.IsEmpty) return;
        foreach (WatchedKey watched in partition.Watches.All)
        {
            ReadOnlySpan<byte> key = watched.Key.Span;
            if (watched.Database != database || key.SequenceCompareTo(from) < 0) continue;
            if (!to.IsEmpty && key.SequenceCompareTo(to) >= 0) continue;
            ulong hash = partition.Hash(database, key);
            if (!partition.TryFind(core, database, key, hash, false, out Record record) || record.Exists)
                partition.Watches.Touch(watched);
        }

        core.ForgetMisses();
    }
}
