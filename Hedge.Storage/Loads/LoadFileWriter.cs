using System.Buffers.Binary;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Storage.Loads;

/// <summary>Writes a load file of strings through a stream that can seek.</summary>
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
        LoadFileFormat.WriteRecord(head, key.Length, (byte)RecordType.String, (byte)encoding, expireAt);
        Span<byte> length = stackalloc byte[LoadFileFormat.LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
        _sums.Records++;
        Write(head);
        Write(key);
        Write(length);
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
