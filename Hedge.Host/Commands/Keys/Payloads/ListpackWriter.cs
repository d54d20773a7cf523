using System.Buffers.Binary;
using Hedge.Host.Declarations;
using Hedge.Storage;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Writes a listpack, Redis's form of small collections.
/// <code>
/// listpack := bytes:u32le count:u16le entry* 0xFF      bytes: of all; count: 65535 when there are that many
/// entry    := element back                             back: length of the element, 7 bits a byte, highest
///                                                      first, with the high bit in all bytes but the first
/// element  := 0nnnnnnn | 110nnnnn nnnnnnnn             0 to 127; 13 bits with their sign
///           | F1 i16 | F2 i24 | F3 i32 | F4 i64        little-endian
///           | 10nnnnnn | 1110nnnn nnnnnnnn | F0 u32le  followed by so many bytes
/// </code>
/// A string that is a canonical decimal number is written as that.
/// </summary>
internal sealed class ListpackWriter : IDisposable
{
    private const int HeaderBytes = 6;
    private const int UnknownCount = ushort.MaxValue;

    private const int FirstBytesMax = 10;

    private readonly PayloadOutput _output = new();
    private int _firstBytes;

    /// <summary>An empty one.</summary>
    public ListpackWriter() => Clear();

    /// <summary>Number of elements.</summary>
    public int Count { get; private set; }

    /// <summary>Length of the listpack as it is.</summary>
    public int Length => _output.Length + 1;

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _output.Cut(0);
        _output.Add(HeaderBytes);
        Count = 0;
    }

    /// <summary>Adds an element.</summary>
    public void Add(ReadOnlySpan<byte> element)
    {
        if (Numbers.TryParseInt64(element, out long number))
        {
            AddNumber(number);
            return;
        }

        int start = _output.Length;
        if (element.Length < 64)
        {
            _output.AddByte((byte)(0x80 | element.Length));
        }
        else if (element.Length < 4096)
        {
            _output.AddByte((byte)(0xE0 | (element.Length >> 8)));
            _output.AddByte((byte)element.Length);
        }
        else
        {
            _output.AddByte(0xF0);
            BinaryPrimitives.WriteInt32LittleEndian(_output.Add(sizeof(int)), element.Length);
        }

        _output.Add(element);
        EndEntry(start);
    }

    /// <summary>Adds a number.</summary>
    public void AddNumber(long number)
    {
        int start = _output.Length;
        switch (number)
        {
            case >= 0 and <= 127:
                _output.AddByte((byte)number);
                break;
            case >= -4096 and <= 4095:
                _output.AddByte((byte)(0xC0 | ((number >> 8) & 0x1F)));
                _output.AddByte((byte)number);
                break;
            case >= short.MinValue and <= short.MaxValue:
                AddNumber(0xF1, number, 2);
                break;
            case >= -(1 << 23) and < 1 << 23:
                AddNumber(0xF2, number, 3);
                break;
            case >= int.MinValue and <= int.MaxValue:
                AddNumber(0xF3, number, 4);
                break;
            default:
                AddNumber(0xF4, number, 8);
                break;
        }

        EndEntry(start);
    }

    /// <summary>Changes the number that is the first element, and not negative before and after. It does not
    /// get shorter.</summary>
    public void SetFirst(int number)
    {
        int old = _firstBytes;
        int end = _output.Length;
        AddNumber(number);
        Count--;
        int now = _output.Length - end;
        Span<byte> entry = stackalloc byte[FirstBytesMax];
        _output.Bytes[end..].CopyTo(entry);
        Invariant.Check(now >= old, "the first number grows");
        _output.Cut(end);
        _output.Add(now - old);
        Span<byte> all = _output.Bytes[HeaderBytes..];
        if (now > old) all[old..^(now - old)].CopyTo(all[now..]);
        entry[..now].CopyTo(all);
        _firstBytes = now;
    }

    /// <summary>The listpack. It is to be cleared before more is added.</summary>
    public ReadOnlySpan<byte> End()
    {
        _output.AddByte(0xFF);
        BinaryPrimitives.WriteInt32LittleEndian(_output.Bytes, _output.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(_output.Bytes[4..], (ushort)Math.Min(Count, UnknownCount));
        return _output.Bytes;
    }

    /// <summary>How many bytes the length behind an element takes. As in Redis, the highest number of each
    /// size but the first takes a byte more than it needs.</summary>
    public static int BackLengthBytes(uint length) => length switch
    {
        <= 127 => 1,
        < 16383 => 2,
        < 2097151 => 3,
        < 268435455 => 4,
        _ => 5,
    };

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _output.Dispose();

    private void AddNumber(byte encoding, long number, int bytes)
    {
        _output.AddByte(encoding);
        Span<byte> all = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(all, number);
        _output.Add(all[..bytes]);
    }

    private void EndEntry(int start)
    {
        uint length = (uint)(_output.Length - start);
        Span<byte> back = _output.Add(BackLengthBytes(length));
        for (int i = back.Length - 1; i > 0; i--, length >>= 7) back[i] = (byte)(0x80 | (length & 127));
        back[0] = (byte)length;
        if (Count++ == 0) _firstBytes = _output.Length - start;
    }
}
