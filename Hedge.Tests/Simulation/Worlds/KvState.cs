using System.Text;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What a correct server holds: strings with expiries, and who watches what.
/// Copied before it is changed.</summary>
/// <remarks>
/// The exact moment of a command is not known, so an expiry is a window of Unix milliseconds: a command
/// before it sees the key, one after it does not, one within may do either.
/// </remarks>
internal sealed class KvState
{
    /// <summary>No expiry.</summary>
    public const long Never = long.MaxValue;

    private SortedDictionary<string, Entry> _entries;
    private SortedDictionary<string, Entry> _others;
    private readonly SortedDictionary<int, (string Keys, bool IsDirty)> _watches;

    public KvState()
    {
        _entries = new(StringComparer.Ordinal);
        _others = new(StringComparer.Ordinal);
        _watches = [];
    }

    private KvState(KvState other)
    {
        _entries = new(other._entries, StringComparer.Ordinal);
        _others = new(other._others, StringComparer.Ordinal);
        _watches = new(other._watches);
    }

    /// <summary>Keys that exist, or whose expiry may have come.</summary>
    public IEnumerable<string> Keys => _entries.Keys;

    public KvState Copy() => new(this);

    public Entry? Find(string key) => _entries.TryGetValue(key, out Entry entry) ? entry : null;

    public void Put(string key, string value, long lo = Never, long hi = Never)
    {
        _entries[key] = new Entry(value, lo, hi);
        Touch(key);
    }

    public bool Remove(string key)
    {
        if (!_entries.Remove(key)) return false;
        Touch(key);
        return true;
    }

    /// <summary>Removes all keys of all databases.</summary>
    public void Clear()
    {
        foreach (string key in Keys.ToArray()) Remove(key);
        _others.Clear();
    }

    /// <summary>Exchanges the database that all clients use and the other one.</summary>
    public void Swap()
    {
        (_entries, _others) = (_others, _entries);
        foreach (string key in _entries.Keys.Concat(_others.Keys)) Touch(key);
    }

    /// <summary>The key's time has come.</summary>
    public void Expire(string key) => Remove(key);

    public void Watch(int session, string key)
    {
        (string keys, bool isDirty) = _watches.GetValueOrDefault(session, ("", false));
        _watches[session] = ($"{keys} {key} ", isDirty);
    }

    /// <summary>Ends a session's watches; true when a key of theirs was changed.</summary>
    public bool Unwatch(int session) =>
        _watches.Remove(session, out (string Keys, bool IsDirty) watch) && watch.IsDirty;

    /// <summary>The same text for the same state.</summary>
    public void Describe(StringBuilder text)
    {
        Describe(_entries, text);
        if (_others.Count > 0) Describe(_others, text.Append("other: "));
        foreach ((int session, (string keys, bool isDirty)) in _watches)
            text.Append('w').Append(session).Append(keys).Append(isDirty ? '!' : '.');
    }

    private static void Describe(SortedDictionary<string, Entry> entries, StringBuilder text)
    {
        foreach ((string key, Entry entry) in entries)
        {
            text.Append(key).Append('=').Append(SimFiles.Short(entry.Value));
            if (entry.Lo != Never) text.Append('@').Append(entry.Lo).Append('-').Append(entry.Hi);
            text.Append(' ');
        }
    }

    private void Touch(string key)
    {
        if (_watches.Count == 0) return;
        foreach (int session in _watches.Keys.ToArray())
        {
            (string keys, bool isDirty) = _watches[session];
            if (!isDirty && keys.Contains($" {key} ", StringComparison.Ordinal))
                _watches[session] = (keys, true);
        }
    }

    /// <summary>A value and the window of its expiry.</summary>
    public readonly record struct Entry(string Value, long Lo, long Hi);
}
