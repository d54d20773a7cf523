namespace Hedge.Storage.Cores;

/// <summary>Is told of keys and fields that have expired, of keys that were evicted, and of collections that
/// begin (keyspace notifications).</summary>
public interface IExpirySink
{
    /// <summary>The key has just been removed because its time had come. The span is valid during the
    /// call.</summary>
    void KeyExpired(int database, ReadOnlySpan<byte> key);

    /// <summary>Fields of the key's hash have just been removed because their time had come. The span is
    /// valid during the call.</summary>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="count">How many fields.</param>
    /// <param name="isEmptied">True when no field is left, and the key has gone with them.</param>
    void FieldsExpired(int database, ReadOnlySpan<byte> key, long count, bool isEmptied);

    /// <summary>The key has just been removed for room on disk. The span is valid during the call.</summary>
    void KeyEvicted(int database, ReadOnlySpan<byte> key);

    /// <summary>The key, which did not exist, has just got its first element. The span is valid during the
    /// call.</summary>
    void KeyCreated(int database, ReadOnlySpan<byte> key);
}
