using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hedge.Host.Benchmarks;

namespace RocksDbBench;

/// <summary>
/// A RocksDB database with the benchmark's keys and values. A key is its scattered id (8 bytes, big endian) and
/// zeros; a value is its id (8 bytes) and bytes that do not compress. Used by several threads at once.
/// </summary>
internal sealed unsafe class Database : IDisposable
{
    // Odd, so that different ids have different keys.
    private const ulong Scatter = 0x9E3779B97F4A7C15;
    private const int PoolBytes = 1 << 20;

    private readonly nint _database;
    private readonly nint _reading = Native.ReadOptionsCreate();
    private readonly nint _writing = Native.WriteOptionsCreate();
    private readonly byte[] _pool = new byte[PoolBytes];
    private readonly int _keyBytes;
    private readonly int _valueBytes;

    public Database(string directory, string options, int keyBytes, int valueBytes)
    {
        (_keyBytes, _valueBytes) = (keyBytes, valueBytes);
        new Random(1).NextBytes(_pool);
        nint parsed = Native.OptionsCreate();
        Native.OptionsFromString(Native.OptionsCreate(), options, parsed, out nint error);
        Native.Check(error);
        _database = Native.Open(parsed, directory, out error);
        Native.Check(error);
    }

    /// <summary>RocksDB's account of what it did since it was opened.</summary>
    public string Statistics()
    {
        nint text = Native.PropertyValue(_database, "rocksdb.stats");
        string statistics = Marshal.PtrToStringUTF8(text) ?? "";
        Native.Free(text);
        return statistics;
    }

    /// <summary>Writes an id's value.</summary>
    public void Write(long id, Randomness random)
    {
        byte* key = stackalloc byte[_keyBytes];
        byte* value = stackalloc byte[_valueBytes];
        MakeKey(new Span<byte>(key, _keyBytes), id);
        var bytes = new Span<byte>(value, _valueBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
        _pool.AsSpan((int)random.Below((ulong)(PoolBytes - _valueBytes)), _valueBytes - 8).CopyTo(bytes[8..]);
        Native.Put(_database, _writing, key, (nuint)_keyBytes, value, (nuint)_valueBytes, out nint error);
        Native.Check(error);
    }

    /// <summary>Reads an id's value and checks that it is that id's.</summary>
    public void Read(long id)
    {
        byte* key = stackalloc byte[_keyBytes];
        MakeKey(new Span<byte>(key, _keyBytes), id);
        nint slice = Native.GetPinned(_database, _reading, key, (nuint)_keyBytes, out nint error);
        Native.Check(error);
        if (slice == 0) throw new InvalidDataException($"id {id} is not there");
        byte* value = Native.SliceValue(slice, out nuint bytes);
        bool isRight = (int)bytes == _valueBytes
            && BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(value, 8)) == id;
        Native.SliceDestroy(slice);
        if (!isRight) throw new InvalidDataException($"id {id} has another value");
    }

    public void Dispose() => Native.Close(_database);

    private static void MakeKey(Span<byte> key, long id)
    {
        key.Fill((byte)'0');
        BinaryPrimitives.WriteUInt64BigEndian(key, (ulong)id * Scatter);
    }
}
