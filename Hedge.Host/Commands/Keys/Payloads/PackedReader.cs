using System.Buffers.Binary;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Reads a listpack (<see cref="ListpackWriter"/> has the grammar) or a ziplist, and checks all of it on the
/// way: lengths, counts, and that each entry says forwards and backwards the same.
/// <code>
/// ziplist  := bytes:u32le tail:u32le count:u16le entry* 0xFF    bytes: of all; tail: where the last entry
///                                                               is; count: 65535 for that many or more
/// entry    := previous encoding data                            previous: length of the entry before, or 0
/// previous := n (below 254) | 0xFE u32le
/// encoding := 00nnnnnn | 01nnnnnn nnnnnnnn | 10______ u32be     bytes, so many
///           | C0 i16 | D0 i32 | E0 i64 | F0 i24 | FE i8         little-endian
///           | F1 … FD                                           the number 0 … 12
/// </code>
/// </summary>
internal ref struct PackedReader
{
    private const int ListpackHeaderBytes = 6;
    private const int ZiplistHeaderBytes = 10;
    private const int UnknownCount = ushort.MaxValue;
    private const byte End = 0xFF;
    private const byte LongPrevious = 0xFE;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _isZiplist;
    private int _at;
    private int _previous;
    private int _previousLength;

    private PackedReader(ReadOnlySpan<byte> bytes, bool isZiplist)
    {
        int header = isZiplist ? ZiplistHeaderBytes : ListpackHeaderBytes;
        IsDamaged = bytes.Length <= header || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != bytes.Length
            || bytes[^1] != End
            || (isZiplist && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) > bytes.Length - 1);
        _bytes = bytes;
        _isZiplist = isZiplist;
        _at = header;
    }

    /// <summary>True when what was read is not such a thing.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Elements read so far.</summary>
    public int Count { get; private set; }

    /// <summary>Reads a listpack.</summary>
    public static PackedReader Listpack(ReadOnlySpan<byte> bytes) => new(bytes, isZiplist: false);

    /// <summary>Reads a ziplist.</summary>
    public static PackedReader Ziplist(ReadOnlySpan<byte> bytes) => new(bytes, isZiplist: true);

    /// <summary>The next element. False at the end, and when there is damage: look at
    /// <see cref="IsDamaged"/>.</summary>
    public bool TryNext(out PackedElement element)
    {
        element = default;
        if (IsDamaged) return false;
        if (_bytes[_at] == End)
        {
            IsDamaged = !EndsWell();
            return false;
        }

        IsDamaged = !(_isZiplist ? TryZiplistEntry(out element) : TryListpackEntry(out element));
        Count++;
        return !IsDamaged;
    }

    private readonly bool EndsWell()
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(
            _bytes[((_isZiplist ? ZiplistHeaderBytes : ListpackHeaderBytes) - 2)..]);
        if (_at != _bytes.Length - 1 || (count != UnknownCount && count != Count)) return false;
        return !_isZiplist || Count == 0 || BinaryPrimitives.ReadUInt32LittleEndian(_bytes[4..]) == _previous;
    }

    private bool TryListpackEntry(out PackedElement element)
    {
        element = default;
        // Nothing of the entry may be where the end mark is.
        ReadOnlySpan<byte> rest = _bytes[_at..^1];
        int first = rest[0];
        int head = first switch
        {
            < 0xC0 => 1,
            < 0xF0 => 2,
            0xF0 => 5,
            0xF1 => 3,
            0xF2 => 4,
            0xF3 => 5,
            0xF4 => 9,
            _ => int.MaxValue,
        };
        if (head > rest.Length) return false;
        long text = first switch
        {
            < 0x80 => -1,
            < 0xC0 => first & 0x3F,
            < 0xE0 => -1,
            < 0xF0 => ((first & 0x0F) << 8) | rest[1],
            0xF0 => BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]),
            _ => -1,
        };
        long length = head + Math.Max(text, 0);
        if (length > rest.Length) return false;
        int back = ListpackWriter.BackLengthBytes((uint)length);
        if (length + back > rest.Length || ReadBackLength(_at + (int)length + back) != length) return false;
        element = text >= 0 ? new PackedElement(rest.Slice(head, (int)text))
            : new PackedElement(ListpackNumber(rest, first));
        _at += (int)length + back;
        return true;
    }

    // Read backwards from its end, as Redis does: it may be longer than it need be.
    private readonly long ReadBackLength(int end)
    {
        long length = 0;
        for (int shift = 0; shift <= 28; shift += 7)
        {
            byte part = _bytes[--end];
            length |= (long)(part & 127) << shift;
            if (part < 128) return length;
        }

        return -1;
    }

    private static long ListpackNumber(ReadOnlySpan<byte> entry, int first) => first switch
    {
        < 0x80 => first,
        // 13 bits with their sign.
        < 0xE0 => ((((first & 0x1F) << 8) | entry[1]) << 19) >> 19,
        0xF1 => BinaryPrimitives.ReadInt16LittleEndian(entry[1..]),
        0xF2 => Int24(entry[1..]),
        0xF3 => BinaryPrimitives.ReadInt32LittleEndian(entry[1..]),
        _ => BinaryPrimitives.ReadInt64LittleEndian(entry[1..]),
    };

    private bool TryZiplistEntry(out PackedElement element)
    {
        element = default;
        ReadOnlySpan<byte> rest = _bytes[_at..^1];
        int before = rest[0] < LongPrevious ? 1 : 5;
        if (before >= rest.Length) return false;
        uint previous = before == 1 ? rest[0] : BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
        if (previous != _previousLength) return false;
        ReadOnlySpan<byte> body = rest[before..];
        int first = body[0];
        int head = first switch { < 0x40 => 1, < 0x80 => 2, < 0xC0 => 5, _ => 1 };
        if (head > body.Length) return false;
        long data = first switch
        {
            < 0x40 => first,
            < 0x80 => ((first & 0x3F) << 8) | body[1],
            < 0xC0 => BinaryPrimitives.ReadUInt32BigEndian(body[1..]),
            0xC0 => 2,
            0xD0 => 4,
            0xE0 => 8,
            0xF0 => 3,
            0xFE => 1,
            >= 0xF1 and <= 0xFD => 0,
            _ => long.MaxValue,
        };
        if (data > body.Length - head) return false;
        ReadOnlySpan<byte> bytes = body.Slice(head, (int)data);
        element = first < 0xC0 ? new PackedElement(bytes) : new PackedElement(ZiplistNumber(bytes, first));
        _previous = _at;
        _previousLength = before + head + (int)data;
        _at += _previousLength;
        return true;
    }

    private static long ZiplistNumber(ReadOnlySpan<byte> data, int encoding) => data.Length switch
    {
        0 => encoding - 0xF1,
        1 => (sbyte)data[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(data),
        3 => Int24(data),
        4 => BinaryPrimitives.ReadInt32LittleEndian(data),
        _ => BinaryPrimitives.ReadInt64LittleEndian(data),
    };

    private static long Int24(ReadOnlySpan<byte> bytes) =>
        bytes[0] | (bytes[1] << 8) | ((sbyte)bytes[2] << 16);
}
