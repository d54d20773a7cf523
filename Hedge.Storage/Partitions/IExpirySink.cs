namespace Hedge.Storage.Partitions;

/// <summary>Hears of keys that expired (keyspace notifications).</summary>
public interface IExpirySink
{
    /// <summary>The key has just been removed because its time had come. The span is valid during the
    /// call.</summary>
    void KeyExpired(int database, ReadOnlySpan<byte> key);
}
