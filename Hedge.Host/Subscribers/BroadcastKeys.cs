using Hedge.Host.Clients;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Subscribers;

/// <summary>
/// This core's clients that hear of all changes of keys with a prefix (CLIENT TRACKING with BCAST), and the
/// keys that have changed in this turn: at its end each client gets those of each of its prefixes, in order,
/// in one message. Owned by the core; the others look whether a key is asked for here.
/// </summary>
internal sealed class BroadcastKeys(InvalidationPushes pushes) : IDisposable
{
    /// <summary>Keys that are noted before they are sent, though the turn goes on.</summary>
    private const int NotedMax = 4096;

    private readonly List<Prefix> _prefixes = [];
    private readonly OutputBuffer _keys = new();
    private readonly List<Change> _changes = [];
    private readonly OutputBuffer _message = new();
    private readonly RespWriter _writer = new();
    private Comparison<Change>? _order;
    private ReadOnlyMemory<byte>[] _names = [];

    /// <summary>The prefixes that clients have asked for. Any core.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names => Volatile.Read(ref _names);

    /// <summary>True when keys have changed that clients are to be told of.</summary>
    public bool AnyNoted => _changes.Count > 0;

    /// <summary>True when there are very many.</summary>
    public bool AreMany => _changes.Count > NotedMax;

    /// <summary>True when a client here asks for changes of the key. Any core.</summary>
    public bool Wants(ReadOnlySpan<byte> key)
    {
        foreach (ReadOnlyMemory<byte> name in Volatile.Read(ref _names))
            if (key.StartsWith(name.Span)) return true;
        return false;
    }

    /// <summary>A client hears of a prefix from now on.</summary>
    public void Add(Connection client, ReadOnlyMemory<byte> name)
    {
        int at = 0;
        while (at < _prefixes.Count && Compare(_prefixes[at].Name, name) < 0) at++;
        if (at == _prefixes.Count || Compare(_prefixes[at].Name, name) != 0)
            _prefixes.Insert(at, new Prefix(name));
        if (!_prefixes[at].Clients.Contains(client)) _prefixes[at].Clients.Add(client);
        Publish();
    }

    /// <summary>A client hears of nothing any more.</summary>
    public void Remove(Connection client)
    {
        foreach (Prefix prefix in _prefixes) prefix.Clients.Remove(client);
        _prefixes.RemoveAll(prefix => prefix.Clients.Count == 0);
        Publish();
    }

    /// <summary>A key has changed by a client's command, or 0 for none.</summary>
    public void Note(ReadOnlySpan<byte> key, long causer)
    {
        _changes.Add(new Change(_keys.Length, key.Length, causer));
        _keys.Append(key);
    }

    /// <summary>Tells the clients.</summary>
    public void Send()
    {
        _changes.Sort(_order ??= CompareChanges);
        foreach (Prefix prefix in _prefixes)
        {
            bool isEncoded = false;
            foreach (Connection client in prefix.Clients)
            {
                // One of its own is left out.
                long without = client.Session.Tracking!.IsNoLoop ? client.Session.Id : -1;
                if (without >= 0 || !isEncoded) Encode(prefix.Name.Span, without);
                isEncoded = without < 0;
                if (_message.Length > 0) pushes.Send(client, _message.Unread);
            }
        }

        _changes.Clear();
        _keys.Clear();
        _message.Clear();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _message.Dispose();
    }

    // Of a key that has changed several times, the last one counts.
    private void Encode(ReadOnlySpan<byte> prefix, long without)
    {
        _message.Rewind(0);
        _writer.Reset(_message, 2);
        int count = Count(prefix, without);
        if (count == 0) return;
        _writer.ArrayHeader(count);
        for (int i = 0; i < _changes.Count; i++)
            if (Shows(i, prefix, without)) _writer.Bulk(KeyOf(_changes[i]));
    }

    private int Count(ReadOnlySpan<byte> prefix, long without)
    {
        int count = 0;
        for (int i = 0; i < _changes.Count; i++)
            if (Shows(i, prefix, without)) count++;
        return count;
    }

    private bool Shows(int index, ReadOnlySpan<byte> prefix, long without)
    {
        Change change = _changes[index];
        ReadOnlySpan<byte> key = KeyOf(change);
        if (change.Causer == without || !key.StartsWith(prefix)) return false;
        return index + 1 == _changes.Count || !KeyOf(_changes[index + 1]).SequenceEqual(key);
    }

    private void Publish() => Volatile.Write(ref _names, [.. _prefixes.Select(prefix => prefix.Name)]);

    private ReadOnlySpan<byte> KeyOf(in Change change) => _keys.Slice(change.At, change.Length);

    private int CompareChanges(Change one, Change other)
    {
        int order = KeyOf(one).SequenceCompareTo(KeyOf(other));
        return order != 0 ? order : one.At.CompareTo(other.At);
    }

    private static int Compare(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) =>
        one.Span.SequenceCompareTo(other.Span);

    private readonly record struct Change(long At, int Length, long Causer);

    private sealed record Prefix(ReadOnlyMemory<byte> Name)
    {
        public List<Connection> Clients { get; } = [];
    }
}
