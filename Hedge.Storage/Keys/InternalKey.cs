using System.Buffers.Binary;

namespace Hedge.Storage.Keys;

/// <summary>The keys of runs, which sort bytewise.</summary>
/// <remarks>
/// <code>
/// key    = keyspace:u32be user-key                               ; keyspace ≥ 1
///        | 0:u32be unixMilliseconds:u64be keyspace:u32be user-key ; the expiry index
/// </code>
/// </remarks>
internal static class InternalKey
{
    /// <summary>The longest user key in bytes.</summary>
    public const int KeyBytesMax = 65_536;

    /// <summary>The longest key in a run: an expiry-index key of the longest user key.</summary>
    public const int BytesMax = ExpiryPrefixBytes + KeyBytesMax;

    /// <summary>Bytes before the user key.</summary>
    public const int PrefixBytes = 4;

    /// <summary>Bytes before the user key in an expiry-index key.</summary>
    public const int ExpiryPrefixBytes = 16;

    /// <summary>The keyspace that holds the expiry index.</summary>
    public const uint ExpiryKeyspace = 0;

    /// <summary>Writes the key of <paramref name="userKey"/>; returns its length.</summary>
    public static int Write(Span<byte> destination, uint keyspace, ReadOnlySpan<byte> userKey)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, keyspace);
        userKey.CopyTo(destination[PrefixBytes..]);
        return PrefixBytes + userKey.Length;
    }

    /// <summary>Writes the expiry-index key of <paramref name="userKey"/>; returns its length.</summary>
    public static int WriteExpiry(
        Span<byte> destination, long unixMilliseconds, uint keyspace, ReadOnlySpan<byte> userKey)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ExpiryKeyspace);
        BinaryPrimitives.WriteInt64BigEndian(destination[4..], unixMilliseconds);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], keyspace);
        userKey.CopyTo(destination[ExpiryPrefixBytes..]);
        return ExpiryPrefixBytes + userKey.Length;
    }

    /// <summary>The keyspace a key stands in; 0 for the expiry index.</summary>
    public static uint Keyspace(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32BigEndian(key);

    /// <summary>The user key of a key outside the expiry index.</summary>
    public static ReadOnlySpan<byte> UserKey(ReadOnlySpan<byte> key) => key[PrefixBytes..];

    /// <summary>An expiry-index key's time, in milliseconds since 1970.</summary>
    public static long ExpiryTime(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[4..]);

    /// <summary>The keyspace of the key that an expiry-index key is about.</summary>
    public static uint ExpiringKeyspace(ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt32BigEndian(key[12..]);

    /// <summary>The user key that an expiry-index key is about.</summary>
    public static ReadOnlySpan<byte> ExpiringUserKey(ReadOnlySpan<byte> key) => key[ExpiryPrefixBytes..];

    /// <summary>The filter's hash of a key outside the expiry index.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key) => KeyHash.Compute(Keyspace(key), UserKey(key));
}
