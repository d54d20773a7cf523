using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Values;

/// <summary>Writes a file of moved values, one after the other. One background thread. When an unfinished
/// writer is disposed, the owner of its <see cref="ValueFile"/> deletes the file.</summary>
/// <remarks>
/// <code>
/// file   := header value* zero*                                     whole pages of 4096 bytes
/// header := "HEDGEVAL" version:u32 core:u32 number:u64 sum:u32 zero*    a page; sum of the 24 bytes before
/// </code>
/// </remarks>
internal sealed class ValueFileWriter : IDisposable
{
    /// <summary>Bytes before the first value.</summary>
    public const int HeaderBytes = Page.Bytes;

    private const uint Version = 1;
    private const int BufferBytes = 256 * 1024;

    private readonly IDisk _disk;
    private readonly DiskFile _file;
    private readonly PageBuffer _buffer = new(BufferBytes);
    private long _written;
    private int _gathered;

    /// <summary>Creates the file.</summary>
    /// <exception cref="DiskException">The file cannot be created.</exception>
    public ValueFileWriter(IDisk disk, string path, ValueFileId id)
    {
        _disk = disk;
        try
        {
            _file = disk.Open(path, DiskOpenMode.CreateDirect);
        }
        catch
        {
            _buffer.Dispose();
            throw;
        }

        Span<byte> header = _buffer.Slice(0, HeaderBytes);
        header.Clear();
        "HEDGEVAL"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], id.Core);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], id.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], Crc32C.Compute(header[..24]));
        _gathered = HeaderBytes;
    }

    /// <summary>The file's length so far, which is the next value's offset.</summary>
    public long Position => _written + _gathered;

    /// <summary>Appends a value.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0)
        {
            int part = Math.Min(value.Length, BufferBytes - _gathered);
            value[..part].CopyTo(_buffer.Slice(_gathered, part));
            _gathered += part;
            value = value[part..];
            if (_gathered == BufferBytes) Write();
        }
    }

    /// <summary>Writes the rest, fills the last page and syncs the file. Its name is not durable
    /// yet.</summary>
    public void Finish()
    {
        int padded = (int)Page.RoundUp(_gathered);
        _buffer.Slice(_gathered, padded - _gathered).Clear();
        _gathered = padded;
        if (_gathered > 0) Write();
        _disk.Sync(_file);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _buffer.Dispose();
    }

    private void Write()
    {
        _disk.Write(_file, _written, _buffer.Slice(0, _gathered));
        _written += _gathered;
        _gathered = 0;
    }
}
