using System.Buffers.Binary;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Storage.Loads;

/// <summary>What stands where in a load file; see <see cref="LoadFileReader"/>.</summary>
internal static class LoadFileFormat
{
    /// <summary>The only version.</summary>
    public const uint Version = 2;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 36;

    /// <summary>Bytes of a record before its key.</summary>
    public const int RecordBytes = 15;

    /// <summary>The first eight bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "HEDGELOD"u8;

    /// <summary>Writes what stands before a record's key and value.</summary>
    public static void WriteRecord(Span<byte> head, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value,
        long expireAt, byte encoding)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)key.Length);
        head[2] = encoding;
        BinaryPrimitives.WriteInt32LittleEndian(head[3..], value.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head[7..], expireAt);
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

/// <summary>Writes a load file through a stream that can seek.</summary>
public sealed class LoadFileWriter
{
    private readonly Stream _stream;
    private LoadFileSums _sums;

    /// <summary>Begins at the stream's start.</summary>
    public LoadFileWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _stream.Write(new byte[LoadFileFormat.HeaderBytes]);
    }

    /// <summary>Adds a record, whose key is above those before.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="expireAt">Unix milliseconds, 0 for never.</param>
    /// <param name="encoding">How OBJECT ENCODING shows the value.</param>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt = 0,
        StringEncoding encoding = StringEncoding.Derived)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, KeyLimits.KeyBytesMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, KeyLimits.ValueBytesMax);
        Span<byte> head = stackalloc byte[LoadFileFormat.RecordBytes];
        LoadFileFormat.WriteRecord(head, key, value, expireAt, (byte)encoding);
        _sums.Records++;
        Write(head);
        Write(key);
        Write(value);
    }

    /// <summary>Writes the header: the file is whole then.</summary>
    public void Finish()
    {
        Span<byte> header = stackalloc byte[LoadFileFormat.HeaderBytes];
        LoadFileFormat.WriteHeader(header, _sums);
        _stream.Position = 0;
        _stream.Write(header);
        _stream.Flush();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _sums.Add(bytes);
        _stream.Write(bytes);
    }
}
