namespace Hedge.Storage.Partitions;

/// <summary>
/// The watched keys of a partition (WATCH) with a counter each that every change of the key raises. Touched
/// by writes only while somebody watches.
/// </summary>
public sealed class WatchTable
{
    private readonly Dictionary<ulong, WatchedKey> _keys = [];
    private ulong _clock;

    internal WatchTable()
    {
    }

    /// <summary>True when nobody watches: a write then needs to do nothing.</summary>
    public bool IsEmpty => _keys.Count == 0;

    internal IEnumerable<WatchedKey> All
    {
        get
        {
            foreach (WatchedKey first in _keys.Values)
                for (WatchedKey? watched = first; watched is not null; watched = watched.Next)
                    yield return watched;
        }
    }

    internal ulong Add(int database, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute((uint)database, key);
        _keys.TryGetValue(hash, out WatchedKey? first);
        WatchedKey? watched = Find(first, database, key);
        if (watched is null)
        {
            watched = new WatchedKey(database, key.ToArray(), ++_clock) { Next = first };
            _keys[hash] = watched;
        }

        watched.Watchers++;
        return watched.Version;
    }

    internal void Remove(int database, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute((uint)database, key);
        if (!_keys.TryGetValue(hash, out WatchedKey? first) || Find(first, database, key) is not { } watched)
            return;
        if (--watched.Watchers > 0) return;
        if (ReferenceEquals(first, watched))
        {
            if (watched.Next is null) _keys.Remove(hash);
            else _keys[hash] = watched.Next;
            return;
        }

        WatchedKey before = first;
        while (!ReferenceEquals(before.Next, watched)) before = before.Next!;
        before.Next = watched.Next;
    }

    internal ulong Version(int database, ReadOnlySpan<byte> key)
    {
        _keys.TryGetValue(KeyHash.Compute((uint)database, key), out WatchedKey? first);
        return Find(first, database, key)?.Version ?? 0;
    }

    internal void Touch(int database, ReadOnlySpan<byte> key)
    {
        _keys.TryGetValue(KeyHash.Compute((uint)database, key), out WatchedKey? first);
        if (Find(first, database, key) is { } watched) Touch(watched);
    }

    internal void Touch(WatchedKey watched) => watched.Version = ++_clock;

    private static WatchedKey? Find(WatchedKey? first, int database, ReadOnlySpan<byte> key)
    {
        for (WatchedKey? watched = first; watched is not null; watched = watched.Next)
            if (watched.Database == database && watched.Key.Span.SequenceEqual(key)) return watched;
        return null;
    }
}

/// <summary>One watched key.</summary>
internal sealed class WatchedKey(int database, ReadOnlyMemory<byte> key, ulong version)
{
    public int Database { get; } = database;

    public ReadOnlyMemory<byte> Key { get; } = key;

    public ulong Version { get; set; } = version;

    public int Watchers { get; set; }

    public WatchedKey? Next { get; set; }
}
