using System.Text;

namespace Hedge.Storage.Cores;

/// <summary>
/// Changes of the logs that cannot be applied, since what they change cannot be read: for a recovery that
/// goes on without them. Such a key is gone, unless a later change gives it a whole new value.
/// </summary>
internal sealed class LostChanges
{
    private readonly HashSet<(int Partition, uint Keyspace, string Key)> _keys = [];

    /// <summary>The keys that are gone. Each character of a key is a byte.</summary>
    public IReadOnlyCollection<(int Partition, uint Keyspace, string Key)> Keys => _keys;

    /// <summary>A key is gone.</summary>
    public void Add(int partition, uint keyspace, ReadOnlySpan<byte> key) =>
        _keys.Add((partition, keyspace, Encoding.Latin1.GetString(key)));

    /// <summary>A key has a whole new value, or was removed.</summary>
    public void Remove(int partition, uint keyspace, ReadOnlySpan<byte> key)
    {
        if (_keys.Count > 0) _keys.Remove((partition, keyspace, Encoding.Latin1.GetString(key)));
    }

    /// <summary>True when the key is gone.</summary>
    public bool Contains(int partition, uint keyspace, ReadOnlySpan<byte> key) =>
        _keys.Count > 0 && _keys.Contains((partition, keyspace, Encoding.Latin1.GetString(key)));
}
