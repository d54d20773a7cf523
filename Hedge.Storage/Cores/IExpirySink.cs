namespace Hedge.Storage.Cores;

/// <summary>Is told of keys that have expired or were evicted, and of collections that begin (keyspace
/// notifications).</summary>
public interface IExpirySink
{
    /// <summary>The key has just been removed because its time had come. The span is valid during the
    /// call.</summary>
    void KeyExpired(int database, ReadOnlySpan<byte> key);

    /// <summary>The key has just been removed for room on disk. The span is valid during the call.</summary>
    void KeyEvicted(int database, ReadOnlySpan<byte> key);

    /// <summary>The key, which did not exist, has just got its first element. The span is valid during the
    /// call.</summary>
    void KeyCreated(int database, ReadOnlySpan<byte> key);
}
