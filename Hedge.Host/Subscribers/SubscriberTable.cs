using Hedge.Host.Clients;

namespace Hedge.Host.Subscribers;

/// <summary>Who of a core's clients is subscribed to which name, for one kind of subscription.
/// Owned by the core.</summary>
internal sealed class SubscriberTable
{
    private readonly Dictionary<ReadOnlyMemory<byte>, List<Connection>> _names = new(ByteStrings.Comparer);
    private readonly Dictionary<ReadOnlyMemory<byte>, List<Connection>>
        .AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public SubscriberTable() => _lookup = _names.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Names with at least one subscriber.</summary>
    public IReadOnlyCollection<ReadOnlyMemory<byte>> Names => _names.Keys;

    /// <summary>All names with their subscribers.</summary>
    public Dictionary<ReadOnlyMemory<byte>, List<Connection>> All => _names;

    public void Add(ReadOnlyMemory<byte> name, Connection subscriber)
    {
        if (!_names.TryGetValue(name, out List<Connection>? subscribers)) _names.Add(name, subscribers = []);
        subscribers.Add(subscriber);
    }

    public void Remove(ReadOnlyMemory<byte> name, Connection subscriber)
    {
        List<Connection> subscribers = _names[name];
        subscribers.Remove(subscriber);
        if (subscribers.Count == 0) _names.Remove(name);
    }

    /// <summary>The subscribers of a name, or null.</summary>
    public List<Connection>? Find(ReadOnlySpan<byte> name) =>
        _names.Count > 0 && _lookup.TryGetValue(name, out List<Connection>? subscribers) ? subscribers : null;
}
