using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Makes the payload of a list, set, sorted set or hash as redis-server 7.0.15 does for the same elements in
/// the same order (the grammar is at <see cref="CollectionReader{TSink}"/>). Redis shows a sorted set in its
/// listpack from the lowest score on, and in its skip list from the highest on.
/// </summary>
internal sealed class CollectionPayload : IDumpPayload
{
    // What Redis takes an element of a list to need beside its bytes.
    private const int ListElementOverhead = 8;
    private const int NodeBytesMaxByCount = 8192;
    private const int SmallestNodeBytes = 4096;
    private const int NodeSizes = 5;

    private const byte PackedContainer = 2;
    private const int HeadBytes = 1 + DumpWriter.LengthBytesMax;

    private readonly PayloadOutput _output;
    private readonly ListpackWriter? _listpack;
    private readonly List<long>? _integers;
    private readonly DumpType _type;
    private readonly int _nodeCountMax;
    private readonly int _nodeBytesMax;
    private ulong _count;

    private CollectionPayload(DumpType type, bool compresses, bool isPacked = false, int listpackSize = 0)
    {
        _output = new PayloadOutput { Compresses = compresses };
        _type = type;
        if (isPacked) _listpack = new ListpackWriter();
        if (type == DumpType.SetIntset) _integers = [];
        _nodeCountMax = listpackSize < 0 ? int.MaxValue : Math.Max(1, listpackSize);
        int size = (int)Math.Min(-(long)listpackSize, NodeSizes);
        _nodeBytesMax = listpackSize < 0 ? SmallestNodeBytes << (size - 1)
            : NodeBytesMaxByCount;
        // Type and count come at the end, right in front of what is added now.
        _output.Add(HeadBytes);
    }

    /// <inheritdoc/>
    public bool IsTooLong { get; private set; }

    /// <summary>A list's.</summary>
    /// <param name="listpackSize">list-max-listpack-size.</param>
    /// <param name="compresses">rdbcompression, as below.</param>
    public static CollectionPayload List(int listpackSize, bool compresses = true) =>
        new(DumpType.ListOfListpacks, compresses, isPacked: true, listpackSize);

    /// <summary>A set's: sorted integers, or any members.</summary>
    public static CollectionPayload Set(bool isIntset, bool compresses = true) =>
        new(isIntset ? DumpType.SetIntset : DumpType.Set, compresses);

    /// <summary>A sorted set's.</summary>
    public static CollectionPayload SortedSet(bool isListpack, bool compresses = true) =>
        new(isListpack ? DumpType.SortedSetListpack : DumpType.SortedSet, compresses, isListpack);

    /// <summary>A hash's.</summary>
    public static CollectionPayload Hash(bool isListpack, bool compresses = true) =>
        new(isListpack ? DumpType.HashListpack : DumpType.Hash, compresses, isListpack);

    /// <summary>Adds an element of a list.</summary>
    public void AddElement(ReadOnlySpan<byte> element)
    {
        if (!HasRoom(element.Length)) return;
        long length = (long)_listpack!.Length + element.Length + ListElementOverhead;
        if (_listpack.Count > 0 && (length > _nodeBytesMax || _listpack.Count >= _nodeCountMax)) EndNode();
        _listpack.Add(element);
    }

    /// <summary>Adds a member of a set; of integers in any order.</summary>
    public void AddMember(ReadOnlySpan<byte> member)
    {
        if (!HasRoom(member.Length)) return;
        _count++;
        if (_integers == null)
        {
            _output.AddString(member);
            return;
        }

        bool isInteger = Numbers.TryParseInt64(member, out long number);
        Storage.Invariant.Check(isInteger, "an intset has integers only");
        _integers.Add(number);
    }

    /// <summary>Adds a member of a sorted set.</summary>
    public void AddMember(ReadOnlySpan<byte> member, double score)
    {
        if (!HasRoom(member.Length)) return;
        _count++;
        if (_listpack == null)
        {
            _output.AddString(member);
            _output.AddInt64(BitConverter.DoubleToInt64Bits(score));
            return;
        }

        _listpack.Add(member);
        if (IsInteger(score)) _listpack.AddNumber((long)score);
        else _listpack.Add(Encoding.ASCII.GetBytes(ScoreText.Format(score)));
    }

    /// <summary>Adds a field of a hash.</summary>
    public void AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        if (!HasRoom((long)field.Length + value.Length)) return;
        _count++;
        if (_listpack == null)
        {
            _output.AddString(field);
            _output.AddString(value);
        }
        else
        {
            _listpack.Add(field);
            _listpack.Add(value);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> End()
    {
        if (_type == DumpType.ListOfListpacks) EndNode();
        else if (_listpack != null) _output.AddString(_listpack.End());
        else if (_integers != null) _output.AddString(Intset());
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = (byte)_type;
        bool hasCount =
            _type is DumpType.ListOfListpacks or DumpType.Set or DumpType.SortedSet or DumpType.Hash;
        int length = hasCount ? 1 + DumpWriter.WriteLength(_count, head[1..]) : 1;
        head[..length].CopyTo(_output.Bytes[(HeadBytes - length)..]);
        _output.AddFooter(HeadBytes - length);
        return _output.Bytes[(HeadBytes - length)..];
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _output.Dispose();
        _listpack?.Dispose();
    }

    // As Redis does: from 2^62 on it writes the text.
    private static bool IsInteger(double score) =>
        score is >= -(1L << 62) and <= 1L << 62 && Math.Truncate(score) == score;

    private bool HasRoom(long bytes)
    {
        const int elementOverhead = 64;
        long length = (long)_output.Length + (_listpack?.Length ?? 0) + bytes + elementOverhead;
        if (_integers != null) length += _integers.Count * (long)sizeof(long);
        IsTooLong |= length > Array.MaxLength / 4;
        return !IsTooLong;
    }

    private void EndNode()
    {
        _output.AddByte(PackedContainer);
        _output.AddString(_listpack!.End());
        _listpack.Clear();
        _count++;
    }

    private byte[] Intset()
    {
        const int headerBytes = 8;
        _integers!.Sort();
        (long least, long most) = (_integers[0], _integers[^1]);
        int size = least < int.MinValue || most > int.MaxValue ? 8
            : least < short.MinValue || most > short.MaxValue ? 4 : 2;
        byte[] intset = new byte[headerBytes + (size * _integers.Count)];
        BinaryPrimitives.WriteInt32LittleEndian(intset, size);
        BinaryPrimitives.WriteInt32LittleEndian(intset.AsSpan(4), _integers.Count);
        for (int i = 0; i < _integers.Count; i++)
        {
            Span<byte> at = intset.AsSpan(headerBytes + (i * size));
            if (size == 2) BinaryPrimitives.WriteInt16LittleEndian(at, (short)_integers[i]);
            else if (size == 4) BinaryPrimitives.WriteInt32LittleEndian(at, (int)_integers[i]);
            else BinaryPrimitives.WriteInt64LittleEndian(at, _integers[i]);
        }

        return intset;
    }
}
