using System.Buffers.Binary;
using Hedge.Storage.Records;

namespace Hedge.Storage.Loads;

/// <summary>What stands where in a load file; see <see cref="LoadFileReader"/>.</summary>
internal static class LoadFileFormat
{
    /// <summary>The version that is written.</summary>
    public const uint Version = 3;

    /// <summary>The version that knows strings only. It is read too.</summary>
    public const uint StringsVersion = 2;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 36;

    /// <summary>Bytes of a record before its key.</summary>
    public const int RecordBytes = 12;

    /// <summary>Bytes of a record before its key, in a file of strings only.</summary>
    public const int StringRecordBytes = 15;

    /// <summary>Bytes of a length of a value or a part.</summary>
    public const int LengthBytes = sizeof(uint);

    /// <summary>Bytes before the trees of a collection: the seed and the number of elements.</summary>
    public const int TreesBytes = 2 * sizeof(ulong);

    /// <summary>Set in a record's type when trees follow its key, and no value.</summary>
    public const byte HasTrees = 0x10;

    /// <summary>The first eight bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "HEDGELOD"u8;

    /// <summary>The number of trees that a collection has in a file.</summary>
    public static int TreesOf(RecordType type) => type is RecordType.Hash or RecordType.SortedSet ? 2 : 1;

    /// <summary>Writes what stands before a record's key.</summary>
    public static void WriteRecord(Span<byte> head, int keyBytes, byte type, byte encoding, long expireAt)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)keyBytes);
        head[2] = type;
        head[3] = encoding;
        BinaryPrimitives.WriteInt64LittleEndian(head[4..], expireAt);
    }

    /// <summary>Writes the header.</summary>
    public static void WriteHeader(Span<byte> header, in LoadFileSums sums)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(header[12..], sums.Records);
        BinaryPrimitives.WriteInt64LittleEndian(header[20..], sums.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], sums.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(header[32..], Crc32C.Compute(header[..32]));
    }
}

/// <summary>What a load file's header says of its records.</summary>
internal struct LoadFileSums
{
    /// <summary>Number of records.</summary>
    public long Records { get; set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The checksum of those.</summary>
    public uint Crc { get; private set; }

    /// <summary>More bytes of records.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Crc = Crc32C.Compute(bytes, Crc);
        Bytes += bytes.Length;
    }
}
