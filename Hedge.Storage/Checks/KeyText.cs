using System.Globalization;
using System.Text;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Checks;

/// <summary>Keys as a person reads them.</summary>
public static class KeyText
{
    private const int BytesMax = 200;

    /// <summary>A user's key in quotes; what is not printable as \xNN, a long one cut.</summary>
    public static string Quote(ReadOnlySpan<byte> key)
    {
        StringBuilder text = new("\"");
        foreach (byte next in key[..Math.Min(key.Length, BytesMax)])
        {
            if (next is (byte)'"' or (byte)'\\') text.Append('\\').Append((char)next);
            else if (next is >= 0x20 and < 0x7F) text.Append((char)next);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{next:x2}");
        }

        text.Append('"');
        if (key.Length > BytesMax) text.Append(CultureInfo.InvariantCulture, $"… ({key.Length} bytes)");
        return text.ToString();
    }

    /// <summary>A key of a run, with its database.</summary>
    /// <param name="key">The internal key; may be a prefix of one.</param>
    /// <param name="databases">Each database's keyspace.</param>
    public static string Of(ReadOnlySpan<byte> key, ReadOnlySpan<uint> databases)
    {
        if (key.Length < InternalKey.PrefixBytes) return "the beginning";
        uint keyspace = InternalKey.Keyspace(key);
        if (keyspace == InternalKey.ExpiryKeyspace)
        {
            if (key.Length < InternalKey.ExpiryPrefixBytes) return "the index of expiries";
            string name = Quote(InternalKey.ExpiringUserKey(key));
            return string.Create(CultureInfo.InvariantCulture,
                $"the index of expiries, {InternalKey.ExpiryTime(key)} {name}");
        }

        ReadOnlySpan<byte> user = InternalKey.UserKey(key);
        int database = databases.IndexOf(keyspace & ~Keyspaces.NodeBit);
        string where = database < 0 ? $"dead keyspace {keyspace & ~Keyspaces.NodeBit}" : $"db {database}";
        if ((keyspace & Keyspaces.NodeBit) == 0) return $"{where} {Quote(user)}";
        if (user.Length < NodeKey.SizeBytes) return $"{where} nodes";
        ulong collection = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(user);
        uint node = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(
            user[NodeKey.CollectionBytes..]);
        return $"{where} node {node} of collection {collection}";
    }
}
