using System.Buffers.Binary;
using Hedge.Storage.Collections;
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
/// record = keyBytes:u16 type:u8 encoding:u8 expireAt:u64 key
///          ( valueBytes:u32 value | seed:u64 count:u64 tree+ )
/// tree   = part* 0:u32
/// part   = bytes:u32 element+
/// </code>
/// Integers are little-endian, sums CRC-32C; the header's is of all before it. Keys ascend bytewise, each
/// once. <c>docs/formats/load.md</c> has the details. This class knows what a record is made of, but not what
/// elements are.
/// </remarks>
internal sealed class LoadFileReader : IDisposable
{
    private const int HeaderBytes = LoadFileFormat.HeaderBytes;
    private const int BufferBytes = 1024 * 1024;

    private readonly IDisk _disk;
    private readonly TransferPath _path;
    private readonly DiskFile _file;
    private readonly long _bytes;
    private readonly uint _version;
    private readonly uint _bodyCrc;
    private byte[] _key = new byte[KeyLimits.KeyBytesMax];
    private byte[] _last = new byte[KeyLimits.KeyBytesMax];
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _keyLength;
    private int _valueLength;
    private int _treesLeft;
    private long _read;
    private long _records;
    private long _recordAt;
    private long _number;
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
            if (!isHeader) throw new LoadException(path, "has no right header");
            _version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            if (_version is not (LoadFileFormat.Version or LoadFileFormat.StringsVersion))
            {
                throw new LoadException(path, $"has format version {_version}; this build reads "
                    + $"{LoadFileFormat.StringsVersion} and {LoadFileFormat.Version}");
            }

            _buffer = new byte[Math.Min(BufferBytes, _bytes)];
            Records = BinaryPrimitives.ReadInt64LittleEndian(header[12..]);
            _bodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(header[28..]);
            if (BinaryPrimitives.ReadInt64LittleEndian(header[20..]) != _bytes - HeaderBytes)
                throw new LoadException(path, "is not as long as its header says");
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
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>What the key holds.</summary>
    public RecordType Type { get; private set; }

    /// <summary>How OBJECT ENCODING shows it: a <see cref="StringEncoding"/>, or what a root says.</summary>
    public byte Encoding { get; private set; }

    /// <summary>When it expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; private set; }

    /// <summary>True when trees follow: there is no value, and all trees must be read
    /// (<see cref="TryReadPart"/>) before the next record.</summary>
    public bool HasTrees { get; private set; }

    /// <summary>The value, or the elements of a collection without trees. Valid until the next
    /// move.</summary>
    public ReadOnlySpan<byte> Value => _buffer.AsSpan(_start - _valueLength, _valueLength);

    /// <summary>What the hashes of the elements in the trees begin with.</summary>
    public ulong Seed { get; private set; }

    /// <summary>The number of elements in the trees, as the record says.</summary>
    public long Count { get; private set; }

    /// <summary>Where the next part begins, and what was read before.</summary>
    public (long Offset, uint Crc, int TreesLeft) Mark => (_read - (_end - _start), _crc, _treesLeft);

    /// <summary>The bytes that were read out so far; of what is read again, again.</summary>
    public long Taken { get; private set; }

    /// <summary>Goes before the first record.</summary>
    public void Restart()
    {
        _records = 0;
        Return((HeaderBytes, 0, 0));
    }

    /// <summary>Goes back to a <see cref="Mark"/> of the record stood on.</summary>
    public void Return((long Offset, uint Crc, int TreesLeft) mark)
    {
        (_read, _crc, _treesLeft) = mark;
        _start = _end = _valueLength = 0;
    }

    /// <summary>Goes to the next record; false at the end, when the whole was right.</summary>
    /// <exception cref="LoadException">The file is damaged or not in order.</exception>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public bool MoveNext()
    {
        Invariant.Check(_treesLeft == 0, "a record is read to its end");
        (_recordAt, _number) = (Mark.Offset, _records + 1);
        if (_records == Records)
        {
            if (_recordAt != _bytes) throw Damaged("has bytes after its last record");
            if (_crc != _bodyCrc) throw new LoadException(_path, "is damaged: its checksum is wrong");
            return false;
        }

        int lastLength = _keyLength;
        (_key, _last) = (_last, _key);
        if (_version == LoadFileFormat.StringsVersion) ReadString();
        else ReadRecord();
        if (++_records > 1 && Key.SequenceCompareTo(_last.AsSpan(0, lastLength)) <= 0)
            throw Damaged("is not in order: a key is not above the one before");
        return true;
    }

    /// <summary>Reads the next part of a tree; false at the tree's end.</summary>
    /// <param name="elements">The elements, valid until the next move.</param>
    public bool TryReadPart(out ReadOnlySpan<byte> elements)
    {
        Invariant.Check(_treesLeft > 0, "there is a tree to read");
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(Take(LoadFileFormat.LengthBytes));
        if (bytes > KeyLimits.ValueBytesMax) throw Damaged("has a part of a collection that is too long");
        elements = Take((int)bytes);
        if (bytes > 0) return true;
        _treesLeft--;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Says what is wrong, with the place.</summary>
    public LoadException Damaged(string reason) =>
        new(_path, $"{reason} (record {_number}, which begins at byte {_recordAt})");

    private void ReadString()
    {
        ReadOnlySpan<byte> head = Take(LoadFileFormat.StringRecordBytes);
        int keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(head);
        (Type, HasTrees, Encoding) = (RecordType.String, false, head[2]);
        uint valueBytes = BinaryPrimitives.ReadUInt32LittleEndian(head[3..]);
        ExpireAt = BinaryPrimitives.ReadInt64LittleEndian(head[7..]);
        CheckHead();
        ReadKey(keyBytes);
        ReadValue(valueBytes);
    }

    private void ReadRecord()
    {
        ReadOnlySpan<byte> head = Take(LoadFileFormat.RecordBytes);
        int keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(head);
        Type = (RecordType)(head[2] & ~LoadFileFormat.HasTrees);
        HasTrees = (head[2] & LoadFileFormat.HasTrees) != 0;
        Encoding = head[3];
        ExpireAt = BinaryPrimitives.ReadInt64LittleEndian(head[4..]);
        CheckHead();
        ReadKey(keyBytes);
        if (!HasTrees)
        {
            ReadValue(BinaryPrimitives.ReadUInt32LittleEndian(Take(LoadFileFormat.LengthBytes)));
            return;
        }

        ReadOnlySpan<byte> numbers = Take(LoadFileFormat.TreesBytes);
        Seed = BinaryPrimitives.ReadUInt64LittleEndian(numbers);
        Count = BinaryPrimitives.ReadInt64LittleEndian(numbers[sizeof(ulong)..]);
        if (Count is < 0 or > InnerEntry.CountMax) throw Damaged("has a collection of too many elements");
        _treesLeft = LoadFileFormat.TreesOf(Type);
        _valueLength = 0;
    }

    private void CheckHead()
    {
        bool isString = Type == RecordType.String;
        bool isRight = ExpireAt >= 0 && Type <= RecordType.Stream && !(isString && HasTrees)
            && (isString ? Enum.IsDefined((StringEncoding)Encoding) : Encoding <= RootFormat.EncodingMax);
        if (!isRight) throw Damaged("has a malformed record");
    }

    private void ReadKey(int bytes)
    {
        Take(bytes).CopyTo(_key);
        _keyLength = bytes;
    }

    private void ReadValue(uint bytes)
    {
        if (bytes > KeyLimits.ValueBytesMax) throw Damaged("has a malformed record");
        Take((int)bytes);
        _valueLength = (int)bytes;
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (_end - _start < bytes) Fill(bytes);
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, bytes);
        _crc = Crc32C.Compute(taken, _crc);
        _start += bytes;
        Taken += bytes;
        return taken;
    }

    private void Fill(int bytes)
    {
        if (bytes > _bytes - Mark.Offset) throw Damaged("ends within a record");
        bool isOther = bytes > _buffer.Length || (bytes <= BufferBytes && _buffer.Length > BufferBytes
            && _end - _start <= BufferBytes);
        byte[] target = isOther ? new byte[Math.Max(bytes, BufferBytes)] : _buffer;
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
}
