using System.Diagnostics.CodeAnalysis;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Cores;

/// <summary>
/// The watched keys of a partition (WATCH), and who waits for keys to change, in order. Each key has a
/// counter that every change of the key raises. Writes look here only while somebody watches or waits. Used
/// by whoever holds the partition.
/// </summary>
public sealed class WatchTable
{
    private readonly Dictionary<ulong, WatchedKey> _keys = [];
    private readonly List<WatchedKey> _ready = [];
    private ulong _clock;
    private int _waiters;

    internal WatchTable()
    {
    }

    /// <summary>True when nobody watches: a write then needs to do nothing.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>True when somebody waits for a key.</summary>
    public bool HasWaiters => _waiters > 0;

    /// <summary>True when keys have changed that somebody waits for.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>Adds a waiter for a key, behind those who wait already.</summary>
    public void Wait(int database, ReadOnlySpan<byte> key, object waiter)
    {
        WatchedKey watched = FindOrAdd(database, key);
        watched.Waiters ??= [];
        if (watched.Waiters.Contains(waiter)) return;
        watched.Waiters.Add(waiter);
        watched.Watchers++;
        _waiters++;
    }

    /// <summary>Removes a waiter, if it is there.</summary>
    public void EndWait(int database, ReadOnlySpan<byte> key, object waiter)
    {
        _keys.TryGetValue(KeyHash.Compute((uint)database, key), out WatchedKey? first);
        if (Find(first, database, key) is not { Waiters: { } waiters } watched) return;
        int index = waiters.IndexOf(waiter);
        if (index < 0) return;
        waiters.RemoveAt(index);
        if (index < watched.NextWaiter) watched.NextWaiter--;
        _waiters--;
        Remove(database, key);
    }

    /// <summary>Takes the next waiter of a changed key, to see whether the key now has what it waits for:
    /// for each key in order, each waiter once after a change. False when there is none.</summary>
    public bool TryTakeReady([NotNullWhen(true)] out object? waiter, out ReadOnlyMemory<byte> key)
    {
        waiter = null;
        key = default;
        while (_ready.Count > 0)
        {
            WatchedKey ready = _ready[0];
            if (ready.NextWaiter < ready.Waiters!.Count)
            {
                waiter = ready.Waiters[ready.NextWaiter++];
                key = ready.Key;
                return true;
            }

            ready.IsReady = false;
            _ready.RemoveAt(0);
        }

        return false;
    }

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
        WatchedKey watched = FindOrAdd(database, key);
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

    internal void Touch(int database, ReadOnlySpan<byte> key, KeyAudience told)
    {
        _keys.TryGetValue(KeyHash.Compute((uint)database, key), out WatchedKey? first);
        if (Find(first, database, key) is { } watched) Touch(watched, told);
    }

    internal void Touch(WatchedKey watched, KeyAudience told = KeyAudience.Everybody)
    {
        if ((told & KeyAudience.Watchers) != 0) watched.Version = ++_clock;
        if ((told & KeyAudience.Waiters) == 0 || watched.Waiters is not { Count: > 0 }) return;
        watched.NextWaiter = 0;
        if (watched.IsReady) return;
        watched.IsReady = true;
        _ready.Add(watched);
    }

    private WatchedKey FindOrAdd(int database, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute((uint)database, key);
        _keys.TryGetValue(hash, out WatchedKey? first);
        if (Find(first, database, key) is { } watched) return watched;
        return _keys[hash] = new WatchedKey(database, key.ToArray(), ++_clock) { Next = first };
    }

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

    /// <summary>Who waits for a change, in order.</summary>
    public List<object>? Waiters { get; set; }

    /// <summary>The next of them to be told of the last change.</summary>
    public int NextWaiter { get; set; }

    /// <summary>True while there may be one to be told.</summary>
    public bool IsReady { get; set; }
}
