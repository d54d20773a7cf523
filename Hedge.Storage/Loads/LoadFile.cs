using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Storage.Loads;

/// <summary>A file to be loaded is not what it should be. Nothing has been changed.</summary>
public sealed class LoadException(TransferPath path, string reason)
    : IOException($"load file {path.Text} {reason}");

/// <summary>Reads a load file, all records in order. One thread.</summary>
/// <remarks>
/// <code>
/// file   = "HEDGELOD" version:u32 records:u64 bodyBytes:u64 bodyCrc:u32 crc:u32 record{records}
/// record = keyBytes:u16 encoding:u8 valueBytes:u32 expireAt:u64 key value
/// </code>
/// Integers are little-endian, sums CRC-32C; the header's is of all before it. Keys ascend bytewise, each
/// once. <c>expireAt</c> is in Unix milliseconds, 0 for never; <c>encoding</c> a
/// <see cref="StringEncoding"/>. <c>docs/formats/load.md</c>.
/// </remarks>
internal sealed class LoadFileReader : IDisposable
{
    private const int HeaderBytes = LoadFileFormat.HeaderBytes;
    private const int RecordBytes = LoadFileFormat.RecordBytes;
    private const int BufferBytes = 1024 * 1024;

    private readonly IDisk _disk;
    private readonly TransferPath _path;
    private readonly DiskFile _file;
    private readonly long _bytes;
    private readonly uint _bodyCrc;
    private readonly byte[] _last = new byte[KeyLimits.KeyBytesMax];
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private int _keyLength;
    private int _valueLength;
    private int _lastLength = -1;
    private long _read;
    private long _records;
    private uint _crc;

    /// <summary>Opens the file and reads its header.</summary>
    /// <exception cref="LoadException">It is damaged or of another kind.</exception>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public LoadFileReader(IDisk disk, TransferPath path)
    {
        _disk = disk;
        _path = path;
        using IDiskFolder folder = path.OpenFolder(disk);
        _file = folder.Open(path.Name, DiskOpenMode.Read);
        try
        {
            _bytes = disk.Length(_file);
            Span<byte> header = stackalloc byte[HeaderBytes];
            bool isHeader = disk.Read(_file, 0, header) == HeaderBytes
                && header[..8].SequenceEqual(LoadFileFormat.Magic)
                && BinaryPrimitives.ReadUInt32LittleEndian(header[32..]) == Crc32C.Compute(header[..32]);
            if (!isHeader) throw Damaged("has no right header");
            uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            if (version != LoadFileFormat.Version)
                throw Damaged($"has format version {version}; this build reads {LoadFileFormat.Version}");
            Records = BinaryPrimitives.ReadInt64LittleEndian(header[12..]);
            _bodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(header[28..]);
            if (BinaryPrimitives.ReadInt64LittleEndian(header[20..]) != _bytes - HeaderBytes)
                throw Damaged("is not as long as its header says");
            Restart();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Number of records.</summary>
    public long Records { get; }

    /// <summary>The key stood on.</summary>
    public ReadOnlySpan<byte> Key => _buffer.AsSpan(_start - _valueLength - _keyLength, _keyLength);

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value => _buffer.AsSpan(_start - _valueLength, _valueLength);

    /// <summary>When it expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; private set; }

    /// <summary>How OBJECT ENCODING shows the value.</summary>
    public StringEncoding Encoding { get; private set; }

    /// <summary>Goes before the first record.</summary>
    public void Restart()
    {
        _read = HeaderBytes;
        _start = _end = 0;
        _lastLength = -1;
        _records = 0;
        _crc = 0;
    }

    /// <summary>Goes to the next record; false at the end, when the whole was right.</summary>
    /// <exception cref="LoadException">The file is damaged or not in order.</exception>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public bool MoveNext()
    {
        if (_records > 0)
        {
            Key.CopyTo(_last);
            _lastLength = _keyLength;
        }

        if (_records == Records)
        {
            if (_read - (_end - _start) != _bytes) throw Damaged("has bytes after its last record");
            if (_crc != _bodyCrc) throw Damaged("is damaged: its checksum is wrong");
            return false;
        }

        Fill(RecordBytes);
        ReadOnlySpan<byte> head = _buffer.AsSpan(_start, RecordBytes);
        _keyLength = BinaryPrimitives.ReadUInt16LittleEndian(head);
        Encoding = (StringEncoding)head[2];
        uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(head[3..]);
        ExpireAt = BinaryPrimitives.ReadInt64LittleEndian(head[7..]);
        bool isRight = valueLength <= KeyLimits.ValueBytesMax && ExpireAt >= 0 && Enum.IsDefined(Encoding);
        if (!isRight) throw Damaged("has a malformed record");
        _valueLength = (int)valueLength;
        int length = RecordBytes + _keyLength + _valueLength;
        Fill(length);
        _crc = Crc32C.Compute(_buffer.AsSpan(_start, length), _crc);
        _start += length;
        _records++;
        if (_lastLength >= 0 && Key.SequenceCompareTo(_last.AsSpan(0, _lastLength)) <= 0)
            throw Damaged($"is not in order: record {_records} has a key that is not above the one before");
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Fill(int bytes)
    {
        if (_end - _start >= bytes) return;
        if (bytes > _bytes - (_read - (_end - _start))) throw Damaged("ends within a record");
        byte[] target = bytes > _buffer.Length ? new byte[bytes] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _buffer = target;
        (_start, _end) = (0, _end - _start);
        while (_end < bytes)
        {
            int wanted = (int)Math.Min(_buffer.Length - _end, _bytes - _read);
            int read = _disk.Read(_file, _read, _buffer.AsSpan(_end, wanted));
            if (read <= 0) throw Damaged("ends within a record");
            _end += read;
            _read += read;
        }
    }

    private LoadException Damaged(string reason) => new(_path, reason);
}
