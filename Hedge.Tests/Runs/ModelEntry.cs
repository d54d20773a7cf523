using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Tests.Runs;

/// <summary>An entry as an object, and sorted sets of them as the model of a run.</summary>
internal sealed record ModelEntry(
    byte[] Key, RunEntryKind Kind, byte Type, byte Encoding, long ExpireAt, byte[] Value,
    bool IsUnresolved = false)
{
    public static readonly RunId Id = new(3, 41);

    private static readonly Comparer<byte[]> KeyOrder =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    public RunEntry Entry => new()
    {
        Key = Key,
        Kind = Kind,
        Type = Type,
        Encoding = Encoding,
        ExpireAt = ExpireAt,
        Value = Value,
        IsUnresolved = IsUnresolved,
    };

    public static SortedDictionary<byte[], ModelEntry> NewSet() => new(KeyOrder);

    public static byte[] KeyOf(uint keyspace, ReadOnlySpan<byte> userKey)
    {
        byte[] key = new byte[4 + userKey.Length];
        InternalKey.Write(key, keyspace, userKey);
        return key;
    }

    public static byte[] ExpiryKeyOf(long time, uint keyspace, ReadOnlySpan<byte> userKey)
    {
        byte[] key = new byte[16 + userKey.Length];
        InternalKey.WriteExpiry(key, time, keyspace, userKey);
        return key;
    }

    public static ModelEntry Put(
        byte[] key, byte[] value, long expireAt = 0, byte type = 0, byte encoding = 0) =>
        new(key, RunEntryKind.Put, type, encoding, expireAt, value);

    public static ModelEntry Tombstone(byte[] key) => new(key, RunEntryKind.Tombstone, 0, 0, 0, []);

    public static ModelEntry From(RunEntry entry) => new(
        entry.Key.ToArray(), entry.Kind, entry.Type, entry.Encoding, entry.ExpireAt, entry.Value.ToArray(),
        entry.IsUnresolved);

    /// <summary>A random set: few keyspaces, keys of many shapes, values of many lengths, tombstones,
    /// times.</summary>
    public static SortedDictionary<byte[], ModelEntry> RandomSet(
        Random random, int entries, int valueBytesMax)
    {
        SortedDictionary<byte[], ModelEntry> set = NewSet();
        byte[] longPrefix = new byte[random.Next(200, 3000)];
        random.NextBytes(longPrefix);
        for (int i = 0; i < entries; i++)
        {
            byte[] user = random.Next(10) switch
            {
                0 => [],
                1 => [.. longPrefix, .. BitConverter.GetBytes(random.Next(entries))],
                2 or 3 => RandomBytes(random, random.Next(12)),
                _ => System.Text.Encoding.ASCII.GetBytes($"user:{random.Next(entries * 2):D9}:profile"),
            };
            uint keyspace = (uint)random.Next(1, 4);
            byte[] key = KeyOf(keyspace, user);
            if (random.Next(8) == 0)
            {
                set[key] = Tombstone(key) with { IsUnresolved = random.Next(3) == 0 };
                continue;
            }

            int bytesMax = random.Next(6) switch { 0 => 0, 1 => valueBytesMax, _ => 120 };
            byte[] value = RandomBytes(random, random.Next(bytesMax + 1));
            long expireAt = random.Next(5) == 0 ? random.NextInt64(1, 1L << 50) : 0;
            set[key] = Put(key, value, expireAt, (byte)random.Next(16, 256), (byte)random.Next(256)) with
            {
                IsUnresolved = random.Next(3) == 0,
            };
            if (expireAt == 0) continue;
            byte[] expiryKey = ExpiryKeyOf(expireAt, keyspace, user);
            set[expiryKey] = Put(expiryKey, []);
        }

        return set;
    }

    public static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static RunInfo Write(IDisk disk, string path, IEnumerable<ModelEntry> ascending, RunId? id = null,
        BlockCompression compression = BlockCompression.None)
    {
        using RunWriter writer = new(disk, path, id ?? Id, new() { Compression = compression });
        foreach (ModelEntry entry in ascending) writer.Add(entry.Entry);
        return writer.Finish();
    }

    public static List<ModelEntry> Drain(EntrySource source)
    {
        List<ModelEntry> all = [];
        while (source.MoveNext() == CursorState.Ready) all.Add(From(source.Current));
        return all;
    }

    /// <summary>Looks a key up as the engine does: filter, index, block.</summary>
    public static ModelEntry? Find(IDisk disk, Run run, byte[] key)
    {
        bool isExpiry = InternalKey.Keyspace(key) == InternalKey.ExpiryKeyspace;
        if (!isExpiry && !run.MayContain(InternalKey.Hash(key))) return null;
        if (!run.TryLocate(key, out BlockLocation location)) return null;
        using PageBuffer buffer = new(location.Length);
        using BlockOpener opener = new();
        Span<byte> unit = buffer.Slice(0, location.Length);
        if (disk.Read(run.File, location.Offset, unit) != unit.Length
            || !opener.TryOpen(unit, run.Id, location.Offset, out bool isUnpacked))
        {
            throw new RunFormatException(run.File.Path, "is damaged");
        }

        ReadOnlySpan<byte> block = isUnpacked ? opener.Unpacked : unit;
        return BlockReader.TryFind(block, key, out RunEntry entry) ? From(entry) : null;
    }

    public bool Equals(ModelEntry? other) => other is not null && Key.AsSpan().SequenceEqual(other.Key)
        && Kind == other.Kind && Type == other.Type && Encoding == other.Encoding
        && ExpireAt == other.ExpireAt && IsUnresolved == other.IsUnresolved
        && Value.AsSpan().SequenceEqual(other.Value);

    public override int GetHashCode() => Key.Length;
}
