using System.Buffers.Binary;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Collections;

/// <summary>Which record a node is.</summary>
/// <remarks>
/// <code>
/// key := collection:u64 node:u32                                          big-endian
/// </code>
/// It is in the keyspace of the database's nodes (<see cref="Keyspaces.NodeBit"/>). A collection's number is
/// the sequence number of the change that made its first node, so no number is used twice.
/// </remarks>
/// <param name="Keyspace">The keyspace of nodes.</param>
/// <param name="Collection">The collection.</param>
/// <param name="Node">The node.</param>
internal readonly record struct NodeKey(uint Keyspace, ulong Collection, uint Node)
{
    /// <summary>Bytes of a key.</summary>
    public const int SizeBytes = CollectionBytes + sizeof(uint);

    /// <summary>The length of the prefix that all keys of a collection share.</summary>
    public const int CollectionBytes = sizeof(ulong);

    /// <summary>Writes the key.</summary>
    /// <returns>Its hash.</returns>
    public ulong Write(Span<byte> target)
    {
        WriteCollection(target, Collection);
        BinaryPrimitives.WriteUInt32BigEndian(target[CollectionBytes..], Node);
        return KeyHash.Compute(Keyspace, target[..SizeBytes]);
    }

    /// <summary>Writes the prefix that all keys of a collection share.</summary>
    public static void WriteCollection(Span<byte> target, ulong collection) =>
        BinaryPrimitives.WriteUInt64BigEndian(target, collection);
}
