using System.Buffers.Binary;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Reads the payload of a list, set, sorted set or hash, in any encoding that Redis 7.2 writes or still
/// reads, with the strictest checks that Redis has (sanitize-dump-payload).
/// <code>
/// payload  := type body version:u16le checksum:u64le
/// body     := 1, 2:  count string{count}                  list, set
///           | 3:     count (string text-score){count}     text-score: length:u8 byte*; 253 for not a number,
///           | 5:     count (string f64le){count}              254 and 255 for infinity and its negative
///           | 4:     count (string string){count}         hash
///           | 9 … 13, 16, 17, 20: string                  a zipmap, intset, ziplist or listpack
///           | 14:    count string{count}                  ziplists
///           | 18:    count (container string){count}      container: 1 for an element, 2 for a listpack
/// zipmap   := count:u8 (length byte* length unused:u8 byte* byte{unused})* 0xFF
///                                                         length: n (below 254) or FE u32le
/// intset   := size:u32le count:u32le integer*             size: 2, 4 or 8 bytes; ascending
/// </code>
/// Collections are never empty, but a ziplist or listpack of a list may be.
/// </summary>
internal ref struct CollectionReader<TSink> : IDisposable
    where TSink : ICollectionSink
{
    private const ulong PlainContainer = 1;
    private const ulong PackedContainer = 2;

    private readonly PayloadMemory _memory = new();
    private readonly PayloadMemory _second = new();
    private readonly ref TSink _sink;
    private readonly DumpType _type;
    private readonly MemberSet? _seen;
    private PayloadCursor _cursor;
    private long _taken;

    /// <summary>Starts to read an intact payload (<see cref="DumpReader.IsIntact"/>).</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="seen">Finds members and fields that are there twice, which is malformed; null when that
    /// was done before.</param>
    /// <param name="sink">Takes the elements.</param>
    public CollectionReader(ReadOnlySpan<byte> payload, MemberSet? seen, ref TSink sink)
        : this((DumpType)payload[0], PayloadCursor.OfBody(payload), seen, ref sink)
    {
    }

    /// <summary>Starts to read a body.</summary>
    public CollectionReader(DumpType type, PayloadCursor body, MemberSet? seen, ref TSink sink)
    {
        _type = type;
        _cursor = body;
        _seen = seen;
        _sink = ref sink;
    }

    /// <summary>Delivers all elements. False when the payload is malformed: some may have been delivered by
    /// then.</summary>
    public bool TryRead()
    {
        bool isRead = _type switch
        {
            DumpType.List or DumpType.Set => TryStrings(),
            DumpType.SortedSet or DumpType.SortedSetWithTexts => TryScored(),
            DumpType.Hash => TryPairs(),
            DumpType.ListOfZiplists or DumpType.ListOfListpacks => TryNodes(),
            DumpType.HashZipmap => TryBlob(out ReadOnlySpan<byte> zipmap) && TryZipmap(zipmap),
            DumpType.SetIntset => TryBlob(out ReadOnlySpan<byte> intset) && TryIntset(intset),
            DumpType.ListZiplist => TryBlob(out ReadOnlySpan<byte> ziplist)
                && TryElements(PackedReader.Ziplist(ziplist)),
            DumpType.SortedSetZiplist or DumpType.HashZiplist => TryBlob(out ReadOnlySpan<byte> ziplist)
                && TryPacked(PackedReader.Ziplist(ziplist)),
            DumpType.SortedSetListpack or DumpType.HashListpack => TryBlob(out ReadOnlySpan<byte> listpack)
                && TryPacked(PackedReader.Listpack(listpack)),
            DumpType.SetListpack => TryBlob(out ReadOnlySpan<byte> listpack)
                && TryMembers(PackedReader.Listpack(listpack)),
            _ => false,
        };
        return isRead && _taken > 0;
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose()
    {
        _memory.Dispose();
        _second.Dispose();
    }

    private bool TryStrings()
    {
        if (!_cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> element)) return false;
            if (!(_type == DumpType.List ? Take(element) : TakeMember(element))) return false;
        }

        return true;
    }

    private bool TryScored()
    {
        if (!_cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> member)) return false;
            if (!TryScore(out double score) || !TakeScored(member, score)) return false;
        }

        return true;
    }

    private bool TryScore(out double score)
    {
        score = 0;
        if (_type == DumpType.SortedSet)
        {
            if (!_cursor.TryInt64(out long bits)) return false;
            score = BitConverter.Int64BitsToDouble(bits);
            return true;
        }

        if (!_cursor.TryBytes(1, out ReadOnlySpan<byte> length)) return false;
        if (length[0] >= 253)
        {
            score = length[0] switch
            {
                253 => double.NaN,
                254 => double.PositiveInfinity,
                _ => double.NegativeInfinity,
            };
            return true;
        }

        return _cursor.TryBytes(length[0], out ReadOnlySpan<byte> text)
            && Numbers.TryParseDouble(text, out score);
    }

    private bool TryPairs()
    {
        if (!_cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> field)
                || !_cursor.TryString(_second, out ReadOnlySpan<byte> value) || !TakeField(field, value))
                return false;
        }

        return true;
    }

    private bool TryNodes()
    {
        if (!_cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            ulong container = PackedContainer;
            bool isListpack = _type == DumpType.ListOfListpacks;
            if (isListpack && !_cursor.TryLength(out container)) return false;
            if (container is not (PlainContainer or PackedContainer)) return false;
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> bytes) || bytes.IsEmpty) return false;
            bool isTaken = container == PlainContainer ? Take(bytes)
                : TryElements(isListpack ? PackedReader.Listpack(bytes) : PackedReader.Ziplist(bytes));
            if (!isTaken) return false;
        }

        return true;
    }

    private bool TryBlob(out ReadOnlySpan<byte> bytes) => _cursor.TryString(_memory, out bytes);

    private bool TryElements(PackedReader reader)
    {
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        while (reader.TryNext(out PackedElement element))
            if (!Take(element.Bytes(text))) return false;
        return !reader.IsDamaged;
    }

    private bool TryMembers(PackedReader reader)
    {
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        while (reader.TryNext(out PackedElement element))
            if (!TakeMember(element.Bytes(text))) return false;
        return !reader.IsDamaged;
    }

    private bool TryPacked(PackedReader reader)
    {
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Span<byte> valueText = stackalloc byte[Numbers.Int64CharactersMax];
        bool isHash = _type is DumpType.HashListpack or DumpType.HashZiplist;
        while (reader.TryNext(out PackedElement first))
        {
            if (!reader.TryNext(out PackedElement second)) return false;
            double score = 0;
            if (!isHash && !second.TryScore(out score)) return false;
            bool isTaken = isHash ? TakeField(first.Bytes(text), second.Bytes(valueText))
                : TakeScored(first.Bytes(text), score);
            if (!isTaken) return false;
        }

        return !reader.IsDamaged;
    }

    private bool TryIntset(ReadOnlySpan<byte> intset)
    {
        const int headerBytes = 8;
        if (intset.Length < headerBytes) return false;
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(intset);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(intset[4..]);
        intset = intset[headerBytes..];
        if (size is not (2 or 4 or 8) || (ulong)size * count != (ulong)intset.Length) return false;
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        long before = 0;
        for (int at = 0; at < intset.Length; at += (int)size)
        {
            ReadOnlySpan<byte> bytes = intset[at..];
            long member = size switch
            {
                2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
                4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            };
            // So none is there twice.
            if (at > 0 && member <= before) return false;
            before = member;
            _taken++;
            if (!_sink.TakeMember(new PackedElement(member).Bytes(text))) return false;
        }

        return true;
    }

    private bool TryZipmap(ReadOnlySpan<byte> zipmap)
    {
        const int unknownCount = 254;
        if (zipmap.Length < 2 || zipmap[^1] != 0xFF) return false;
        int expected = zipmap[0];
        ReadOnlySpan<byte> rest = zipmap[1..^1];
        int count = 0;
        for (; !rest.IsEmpty && rest[0] != 0xFF; count++)
        {
            if (!TryZipmapString(ref rest, 0, out ReadOnlySpan<byte> field)) return false;
            if (!TryZipmapString(ref rest, 1, out ReadOnlySpan<byte> value)) return false;
            if (!TakeField(field, value)) return false;
        }

        // As in Redis, the first end mark ends it, whatever follows.
        return expected == unknownCount || expected == count;
    }

    // Behind a value's length stands how many bytes behind the value are unused.
    private static bool TryZipmapString(ref ReadOnlySpan<byte> rest, int isValue,
        out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (rest.IsEmpty || rest[0] == 0xFF) return false;
        int head = rest[0] < 254 ? 1 : 5;
        if (rest.Length < head + isValue) return false;
        long length = head == 1 ? rest[0] : BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
        int unused = isValue == 0 ? 0 : rest[head];
        rest = rest[(head + isValue)..];
        if (length + unused > rest.Length) return false;
        bytes = rest[..(int)length];
        rest = rest[((int)length + unused)..];
        return true;
    }

    private bool Take(scoped ReadOnlySpan<byte> element)
    {
        _taken++;
        return _sink.TakeElement(element);
    }

    private bool TakeMember(scoped ReadOnlySpan<byte> member)
    {
        _taken++;
        return _seen?.TryAdd(member) != false && _sink.TakeMember(member);
    }

    private bool TakeScored(scoped ReadOnlySpan<byte> member, double score)
    {
        _taken++;
        return !double.IsNaN(score) && _seen?.TryAdd(member) != false && _sink.TakeMember(member, score);
    }

    private bool TakeField(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value)
    {
        _taken++;
        return _seen?.TryAdd(field) != false && _sink.TakeField(field, value);
    }
}
